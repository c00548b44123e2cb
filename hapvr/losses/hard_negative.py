"""Push down the hardest negative of each query."""

import torch
from torch import Tensor, nn

from hapvr.losses.matrix import check_matrices, counted_mean

FLOOR = 1e-3  # of the logarithm's argument, as published


class HardNegative(nn.Module):
    """−log(1 − largest similarity of a negative), the argument of the logarithm at least 0.001.

    Mean over the queries that have a relevant item (their own entry suffices) and a negative; the others weigh zero.
    Source: S2VS (Kordopatis-Zilos et al. 2023); HAP-VR (Liu et al. 2024)
    """

    def forward(self, similarity: Tensor, relevance: Tensor) -> Tensor:
        """similarity, relevance: [query, item] → scalar. Raises ValueError for other shapes."""
        similarity, relevant = check_matrices(similarity, relevance)
        hardest = torch.where(relevant, torch.finfo(similarity.dtype).min, similarity).amax(-1)
        counted = relevant.any(-1) & ~relevant.all(-1)
        distance = torch.where(counted, 1 - hardest, 1)
        return counted_mean(-distance.clamp(min=FLOOR).log(), counted)
