"""Chamfer similarity of frozen features."""

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor

from hapvr.methods.unrefined import UnrefinedMatrix
from hapvr.similarity.topk_chamfer import topk_chamfer

Rate = Annotated[float, Field(ge=0, le=1, description="share of target items kept by TopK-Chamfer; 0: the best one")]


class Chamfer(UnrefinedMatrix):
    """TopK-Chamfer over regions, then over frames (ViSiL_f with both rates 0; Kordopatis-Zilos et al. 2019)."""

    def __init__(self, region_top_rate: Rate, frame_top_rate: Rate) -> None:
        super().__init__()
        self.region_top_rate = region_top_rate
        self.frame_top_rate = frame_top_rate

    def index(self, features: Tensor) -> Tensor:
        """Features [T, R, D] as they are."""
        return features

    def frame_similarity(self, query: Tensor, target: Tensor) -> Tensor:
        """Indexed [T, R, D] and [T', R, D] → [T, T']: TopK-Chamfer over the target's regions."""
        return topk_chamfer(torch.einsum("trd,usd->turs", query, target), self.region_top_rate)

    def similarity(self, query: Tensor, target: Tensor) -> Tensor:
        """Similarity of two indexed videos, [T, R, D] and [T', R, D]: TopK-Chamfer over the target's frames."""
        return topk_chamfer(self.frame_similarity(query, target), self.frame_top_rate)
