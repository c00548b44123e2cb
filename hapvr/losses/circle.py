"""Circle loss."""

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from hapvr.losses.matrix import check_matrices, counted_mean, own_entry

Margin = Annotated[float, Field(ge=0, le=1, description="negatives should stay below it, positives above 1 − margin")]
Gamma = Annotated[float, Field(gt=0, description="scale of the logits, γ")]


class Circle(nn.Module):
    """softplus(LSE of γ·α⁻(S⁻ − m) + LSE of −γ·α⁺(S⁺ − 1 + m)), with α⁺ = max(1 + m − S, 0), α⁻ = max(S + m, 0).

    No gradient flows through α. Mean over the queries that have a positive and a negative; the others weigh zero, and
    the own entry takes no part. Source: Sun et al. 2020 (Circle Loss).
    """

    def __init__(self, margin: Margin, gamma: Gamma) -> None:
        super().__init__()
        self.margin, self.gamma = margin, gamma

    def forward(self, similarity: Tensor, relevance: Tensor) -> Tensor:
        """similarity, relevance: [query, item] → scalar. Raises ValueError for other shapes."""
        similarity, relevant = check_matrices(similarity, relevance)
        others = ~own_entry(similarity)
        positive, negative = relevant & others, ~relevant & others

        constant = similarity.detach()
        pull = -self.gamma * (1 + self.margin - constant).clamp(min=0) * (similarity - 1 + self.margin)
        push = self.gamma * (constant + self.margin).clamp(min=0) * (similarity - self.margin)
        loss = nn.functional.softplus(_logsumexp(pull, positive) + _logsumexp(push, negative))
        return counted_mean(loss, positive.any(-1) & negative.any(-1))


def _logsumexp(values: Tensor, chosen: Tensor) -> Tensor:
    # far below any logit, yet finite: with −inf, an empty row would have a NaN gradient
    return torch.where(chosen, values, torch.finfo(values.dtype).min / 4).logsumexp(-1)
