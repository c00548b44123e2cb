"""Batches of views, whatever they come from."""

from dataclasses import dataclass, replace
from typing import Protocol

import torch
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
