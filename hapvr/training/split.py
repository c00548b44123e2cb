"""A validation split cut from the training videos; a test benchmark is never looked at while training."""

import hashlib
from collections.abc import Iterable


def split(sources: Iterable[str], share: float) -> tuple[list[str], list[str]]:
    """Source ids for training and for validation, both sorted.

    share: part of the sources held out, rounded, in [0, 1). The choice depends on the ids alone, so every run and
    seed holds out the same videos. Raises ValueError if nothing is left to train on.
    """
    ranked = sorted(set(sources), key=lambda name: hashlib.sha256(name.encode()).digest())
    held_out = round(len(ranked) * share)
    if held_out == len(ranked):
        raise ValueError(f"train.validation_share: {share} of {len(ranked)} videos leaves none to train on; lower it")
    return sorted(ranked[held_out:]), sorted(ranked[:held_out])
