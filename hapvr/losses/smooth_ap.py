"""Smooth-AP: Average Precision with sigmoids for steps."""

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from hapvr.losses.ranking import RankingLoss

Temperature = Annotated[float, Field(gt=0, description="width of the sigmoid that stands for the step, τ")]

PAIRS_AT_ONCE = 2**22  # of items of a query; bounds memory, since every item is compared with every other


class SmoothAP(RankingLoss):
    """1 − mean over queries of AP = mean over positives i of rank⁺(i) / rank(i), ranks smoothed by a sigmoid.

    rank(i) = 1 + Σ_{j≠i} G(S[j] − S[i]; τ) over all items, rank⁺(i) over the positives, G(x; τ) = 1/(1 + e^{−x/τ}).
    The own entry is ranked with the rest; queries without relevant items weigh zero. n items cost n² time per query.
    Source: Brown et al. 2020 (Smooth-AP).
    """

    def __init__(self, temperature: Temperature) -> None:
        super().__init__()
        self.temperature = temperature

    def average_precision(self, similarity: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        rows = max(1, PAIRS_AT_ONCE // max(1, similarity.shape[-1] ** 2))
        parts = [
            checkpoint(self._rows, *part, use_reentrant=False)
            for part in zip(similarity.split(rows), positive.split(rows), negative.split(rows), strict=True)
        ]
        return torch.cat(parts) if parts else similarity.sum(-1)

    def _rows(self, similarity: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        step = ((similarity[:, None, :] - similarity[:, :, None]) / self.temperature).sigmoid()  # [query, i, j]
        itself = torch.eye(similarity.shape[-1], dtype=torch.bool, device=similarity.device)
        step = torch.where(itself, 0, step)
        rank_positive = 1 + (step * positive[:, None, :]).sum(-1)
        rank = rank_positive + (step * negative[:, None, :]).sum(-1)
        return (positive * rank_positive / rank).sum(-1) / positive.sum(-1).clamp(min=1)
