"""Mean squared error."""

from torch import Tensor, nn

from hapvr.losses.matrix import check_matrices, counted_mean


class MSE(nn.Module):
    """(S − y)², mean over a query's items, then over the queries with a relevant item; the others weigh zero."""

    def forward(self, similarity: Tensor, relevance: Tensor) -> Tensor:
        """similarity, relevance: [query, item] → scalar. Raises ValueError for other shapes."""
        similarity, relevant = check_matrices(similarity, relevance)
        return counted_mean((similarity - relevant.to(similarity.dtype)).square().mean(-1), relevant.any(-1))
