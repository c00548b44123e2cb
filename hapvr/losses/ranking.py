"""Losses that are one minus a differentiable Average Precision."""

from typing import ClassVar

from torch import Tensor, nn

from hapvr.losses.matrix import check_matrices, counted_mean, own_entry


class RankingLoss(nn.Module):
    """1 − mean of AP over the queries that have a relevant item; the others weigh zero.

    A subclass gives `average_precision`. `ranks_own_entry` says whether a query's own entry is ranked with the rest.
    """

    ranks_own_entry: ClassVar[bool] = True

    def average_precision(self, similarity: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        """AP of each query, [query]; any finite number where a query has no positive.

        similarity: float32 or float64, [query, item]. positive, negative: bool, same shape.
        Items in neither take no part.
        """
        raise NotImplementedError

    def forward(self, similarity: Tensor, relevance: Tensor) -> Tensor:
        """similarity, relevance: [query, item] → scalar. Raises ValueError for other shapes."""
        similarity, positive = check_matrices(similarity, relevance)
        negative = ~positive
        if not self.ranks_own_entry:
            others = ~own_entry(similarity)
            positive, negative = positive & others, negative & others
        average_precision = self.average_precision(similarity, positive, negative)
        return counted_mean(1 - average_precision, positive.any(-1))
