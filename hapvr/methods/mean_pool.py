"""One vector per video."""

import torch.nn.functional as F
from torch import Tensor, nn


class MeanPool(nn.Module):
    """Cosine similarity of the mean over frames and regions: one vector per video."""

    stride = 1
    region_top_rate = frame_top_rate = 1.0

    def index(self, features: Tensor) -> Tensor:
        """Features [T, R, D] → unit vector as a video of one frame and one region, [1, 1, D]."""
        return F.normalize(features.mean((0, 1)), dim=0)[None, None]

    def refine(self, frame_similarity: Tensor, real: Tensor) -> Tensor:
        """Similarity [N, 1, 1] as it is."""
        return frame_similarity
