"""Contrastive loss."""

from typing import Annotated

from pydantic import Field
from torch import Tensor, nn

from hapvr.losses.matrix import check_matrices, counted_mean, own_entry

PositiveMargin = Annotated[float, Field(ge=-1, le=1, description="positives below this similarity are pulled up")]
NegativeMargin = Annotated[float, Field(ge=-1, le=1, description="negatives above this similarity are pushed down")]


class Contrastive(nn.Module):
    """max(m⁺ − S, 0) of positives plus max(S − m⁻, 0) of negatives, each a mean over the non-zero terms of its kind.

    The own entry takes no part, nor do queries without another relevant item.
    Source: Hadsell et al. 2006, in its form for similarities (PyTorch Metric Learning).
    """

    def __init__(self, positive_margin: PositiveMargin, negative_margin: NegativeMargin) -> None:
        super().__init__()
        self.positive_margin, self.negative_margin = positive_margin, negative_margin

    def forward(self, similarity: Tensor, relevance: Tensor) -> Tensor:
        """similarity, relevance: [query, item] → scalar. Raises ValueError for other shapes."""
        similarity, relevant = check_matrices(similarity, relevance)
        others = ~own_entry(similarity)
        counted = others & (relevant & others).any(-1, keepdim=True)
        too_far = (self.positive_margin - similarity).clamp(min=0)
        too_near = (similarity - self.negative_margin).clamp(min=0)
        return counted_mean(too_far, counted & relevant & (too_far > 0)) + counted_mean(
            too_near, counted & ~relevant & (too_near > 0)
        )
