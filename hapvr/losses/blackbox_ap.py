"""Average Precision through blackbox-differentiated ranks."""

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor

from hapvr.losses.ranking import RankingLoss

Interpolation = Annotated[
    float, Field(gt=0, description="how far scores move to see ranks, as shares of the items, change; λ")
]
Margin = Annotated[float, Field(ge=0, description="lead over negatives that a positive needs to be ranked above them")]


class BlackboxAP(RankingLoss):
    """1 − mean over queries of AP = mean over positives i of rank⁺(i) / rank(i), with true ranks.

    Ranks are piecewise constant; their gradient is that of the interpolated loss, (r(s + λ·g) − r(s)) / λ with
    r = rank / n of the n ranked items, g = ∂loss/∂r of the upstream loss and λ = `interpolation`. As in the authors'
    code, λ does not depend on the size of the batch. Positives are lowered and negatives raised by margin/2 before
    ranking, so that well-ordered pairs closer than the margin still count as errors. rank⁺, a count of positives ranked
    no lower, is constant. Tied items share the last rank of their group. Queries without relevant items weigh zero.
    Source: Rolínek et al. 2020 (Optimizing Rank-based Metrics with Blackbox Differentiation).
    """

    def __init__(self, interpolation: Interpolation, margin: Margin) -> None:
        super().__init__()
        if interpolation <= 0:
            raise ValueError(f"expected an interpolation above 0, found {interpolation}")
        self.interpolation, self.margin = interpolation, margin

    def average_precision(self, similarity: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        shifted = similarity + (self.margin / 2) * (negative.to(similarity.dtype) - positive.to(similarity.dtype))
        rank = _BlackboxRank.apply(shifted, positive | negative, self.interpolation)
        rank_positive = _rank(shifted.detach(), positive)
        return (positive * rank_positive / rank).sum(-1) / positive.sum(-1).clamp(min=1)


class _BlackboxRank(torch.autograd.Function):
    @staticmethod
    def forward(ctx, scores: Tensor, ranked: Tensor, interpolation: float) -> Tensor:  # type: ignore[no-untyped-def]
        rank = _rank(scores, ranked)
        ctx.save_for_backward(scores, ranked, rank)
        ctx.interpolation = interpolation
        return rank

    @staticmethod
    def backward(ctx, gradient: Tensor) -> tuple[Tensor, None, None]:  # type: ignore[no-untyped-def]
        scores, ranked, rank = ctx.saved_tensors
        # ∂loss/∂r is n times the gradient of the rank itself, and a change of r an n-th of the rank's.
        strength = ctx.interpolation * ranked.sum(-1, keepdim=True).clamp(min=1)
        moved = _rank(scores + strength * gradient, ranked)
        return torch.where(ranked, (moved - rank) / strength, 0), None, None


def _rank(scores: Tensor, ranked: Tensor) -> Tensor:
    """Among the ranked items of a row, the number scored no lower than each item; at least 1."""
    ascending = torch.where(ranked, scores, -torch.inf).sort(dim=-1).values
    lower = torch.searchsorted(ascending, scores.contiguous())
    return (scores.shape[-1] - lower).clamp(min=1).to(scores.dtype)
