"""Methods without weights: Chamfer similarity and mean pooling of frozen features."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hapvr.similarity.topk_chamfer import topk_chamfer


class Chamfer(nn.Module):
    """TopK-Chamfer over regions, then over frames (ViSiL_f with both rates 0; Kordopatis-Zilos et al. 2019)."""

    def __init__(self, region_top_rate: float, frame_top_rate: float) -> None:
        super().__init__()
        self.region_top_rate = region_top_rate
        self.frame_top_rate = frame_top_rate

    def index(self, features: Tensor) -> Tensor:
        """Features [T, R, D] as they are."""
        return features

    def frame_similarity(self, query: Tensor, target: Tensor) -> Tensor:
        """Indexed [T, R, D] and [..., T', R, D] → [..., T, T']: TopK-Chamfer over the target's regions."""
        pairs = torch.einsum("trd,...usd->...turs", query, target)
        return topk_chamfer(pairs, self.region_top_rate)

    def compare(self, query: Tensor, targets: Tensor) -> Tensor:
        """Indexed query [T, R, D] and N targets of one length [N, T', R, D] → [N]."""
        return topk_chamfer(self.frame_similarity(query, targets), self.frame_top_rate)


class MeanPool(nn.Module):
    """Cosine similarity of the mean over frames and regions: one vector per video."""

    def index(self, features: Tensor) -> Tensor:
        """Features [T, R, D] → unit vector [D]."""
        return F.normalize(features.mean((0, 1)), dim=0)

    def compare(self, query: Tensor, targets: Tensor) -> Tensor:
        """Indexed query [D] and targets [N, D] → [N]."""
        return targets @ query
