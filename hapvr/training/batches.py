"""Batches of views, whatever they come from."""

from dataclasses import dataclass
from typing import Protocol

from torch import Tensor


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


class BatchSource(Protocol):
    """Where a training gets its batches from. A batch depends on its step alone, so that any step can be repeated."""

    @property
    def dims(self) -> int:
        """D of the features."""

    def batch(self, step: int) -> Batch:
        """The batch of a step, counted from 0."""

    def validation(self) -> Batch | None:
        """Views of the videos held out, the same for every run and seed; None if none is held out."""
