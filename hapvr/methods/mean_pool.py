"""One vector per video."""

import torch.nn.functional as F
from torch import Tensor, nn

from hapvr.similarity.vectors import scalar_product


class MeanPool(nn.Module):
    """Cosine similarity of the mean over frames and regions: one vector per video."""

    engine = "vector"

    def index(self, features: Tensor) -> Tensor:
        """Features [T, R, D] → unit vector [D]."""
        return F.normalize(features.mean((0, 1)), dim=0)

    def similarity(self, query: Tensor, target: Tensor) -> Tensor:
        """Cosine similarity of two indexed videos, [D] each."""
        return scalar_product(query, target)
