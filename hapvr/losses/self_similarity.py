"""Pull up the similarity of a video to itself."""

from torch import Tensor, nn

from hapvr.losses.hard_negative import FLOOR
from hapvr.losses.matrix import check_matrices, counted_mean


class SelfSimilarity(nn.Module):
    """−log S[q, q], the argument of the logarithm at least 0.001; mean over the queries relevant to themselves.

    Source: S2VS (Kordopatis-Zilos et al. 2023); HAP-VR (Liu et al. 2024)
    """

    def forward(self, similarity: Tensor, relevance: Tensor) -> Tensor:
        """similarity, relevance: [video, video] → scalar. Raises ValueError for other, or non-square, shapes."""
        similarity, relevant = check_matrices(similarity, relevance)
        if similarity.shape[0] != similarity.shape[1]:
            raise ValueError(f"expected a batch against itself, [N, N], found {list(similarity.shape)}")
        return counted_mean(-similarity.diagonal().clamp(min=FLOOR).log(), relevant.diagonal())
