"""Methods without weights: Chamfer similarity and mean pooling of frozen features."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hapvr.similarity.topk_chamfer import topk_chamfer


class Chamfer(nn.Module):
    """TopK-Chamfer over regions, then over frames (ViSiL_f with both rates 0; Kordopatis-Zilos et al. 2019)."""

    stride = 1

    def __init__(self, region_top_rate: float, frame_top_rate: float) -> None:
        super().__init__()
        self.region_top_rate = region_top_rate
        self.frame_top_rate = frame_top_rate

    def index(self, features: Tensor) -> Tensor:
        """Features [T, R, D] as they are."""
        return features

    def frame_similarity(self, query: Tensor, target: Tensor) -> Tensor:
        """Indexed [T, R, D] and [..., T', R, D] → [..., T, T']: TopK-Chamfer over the target's regions."""
        return topk_chamfer(torch.einsum("trd,...usd->...turs", query, target), self.region_top_rate)

    def refine(self, frame_similarity: Tensor, real: Tensor) -> Tensor:
        """Frame-to-frame similarity [N, T, T'] as it is."""
        return frame_similarity


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
