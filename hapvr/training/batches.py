"""Batches of views, whatever they come from: which videos a batch shows, and which of its views are relevant."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import torch
from torch import Tensor

from hapvr.seeding import generator_of


@dataclass(frozen=True)
class Batch:
    """N views of T frames.

    features: float32 [N, T, R, D]; teacher: float32 [N, T, Dt], of the same frames; relevance: float32 [N, N] of 0
    and 1; sources: per view the ids of the videos seen in it.
    """

    features: Tensor
    teacher: Tensor
    relevance: Tensor
    sources: list[frozenset[str]]

    def to(self, device: torch.device) -> "Batch":
        """The same batch, computed with on `device`."""
        return replace(
            self,
            features=self.features.to(device),
            teacher=self.teacher.to(device),
            relevance=self.relevance.to(device),
        )


class BatchSource(Protocol):
    """Where a training gets its batches from. A batch depends on its number alone, so that any step can be repeated.

    Process r of n takes batch number step · n + r, steps counted from 0.
    """

    @property
    def dims(self) -> int:
        """D of the features."""

    def batch(self, number: int, /) -> Batch:
        """One batch, counted from 0. Called from a thread that runs ahead of the steps."""

    def validation(self) -> Batch | None:
        """Views of the videos held out, the same for every run and seed; None if none is held out."""


class Epochs:
    """Sources in batches of `pairs`: every epoch visits all of them, in a new order.

    Those left over at the end of an epoch wait for another one. The order depends on the seed and on the sources'
    places, not on what was asked for before. Raises ValueError if a batch needs more sources than there are.
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


def split_videos(sources: Iterable[str], share: float) -> tuple[list[str], list[str]]:
    """Source ids for training and for validation, both sorted; a test benchmark is never looked at while training.

    share: part of the sources held out, rounded, in [0, 1). The choice depends on the ids alone, so every run and
    seed holds out the same videos. Raises ValueError if nothing is left to train on.
    """
    ranked = sorted(set(sources), key=lambda name: hashlib.sha256(name.encode()).digest())
    held_out = round(len(ranked) * share)
    if held_out == len(ranked):
        raise ValueError(f"train.validation_share: {share} of {len(ranked)} videos leaves none to train on; lower it")
    return sorted(ranked[held_out:]), sorted(ranked[:held_out])


def relate_views(sources: Sequence[Collection[str]]) -> Tensor:
    """Relevance float32 [N, N] of N views: 1 where two views show a common source video, else 0.

    sources: per view the ids of the videos seen in it, two for a video-in-video view. The diagonal is 1.
    """
    names = sorted({name for view in sources for name in view})
    column = {name: number for number, name in enumerate(names)}
    shows = torch.zeros(len(sources), len(names))
    for row, view in enumerate(sources):
        shows[row, [column[name] for name in view]] = 1
    return (shows @ shows.T > 0).float()
