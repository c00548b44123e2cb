"""Which sources a batch shows: every epoch visits all of them, in a new order."""

from collections.abc import Sequence

import torch

from hapvr.seeding import generator_of


class Epochs:
    """Sources in batches of `pairs`; those left over at the end of an epoch wait for another one.

    The order depends on the seed and on the sources' places, not on what was asked for before.
    Raises ValueError if a batch needs more sources than there are.
    """

    def __init__(self, sources: Sequence[str], pairs: int, seed: int) -> None:
        if len(sources) < pairs:
            raise ValueError(
                f"train.pairs: {pairs} sources per batch, but {len(sources)} training videos to choose from (readable, "
                "with the views needed and no held-out video in them); lower train.pairs or train.validation_share"
            )
        self._sources = sources
        self._pairs = pairs
        self._seed = seed

    def batch(self, number: int) -> list[str]:
        """The sources of a batch, counted from 0."""
        epoch, position = divmod(number, len(self._sources) // self._pairs)
        order = torch.randperm(len(self._sources), generator=generator_of(self._seed, "epoch", epoch))
        start = position * self._pairs
        return [self._sources[place] for place in order[start : start + self._pairs]]
