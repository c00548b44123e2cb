"""L3-iMAC: nine region vectors per frame from the stages of a backbone."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

# The published pooling kernels and the side of the maps they were made for: four stages at 224 px.
KERNELS = (28, 14, 6, 3)
SIDES = (56, 28, 14, 7)


def regions(stage_maps: Sequence[Tensor]) -> Tensor:
    """Region vectors: per stage max-pooling, L2, 3×3 adaptive max-pooling, L2; stages joined, L2.

    stage_maps: four maps [B, C, H, W], finest first. Kernels scale with the maps; at 224 px they are the
    published 28, 14, 6, 3 with stride ceil(kernel / 2). Returns [B, 9, ΣC] with unit rows.
    Raises ValueError for another number of maps.
    Source: L3-iMAC of ViSiL (Kordopatis-Zilos et al. 2019), section 3.1, as S2VS and HAP-VR use it.
    """
    if len(stage_maps) != len(KERNELS):
        raise ValueError(f"regions: expected {len(KERNELS)} stage maps [B, C, H, W], found {len(stage_maps)}")
    pooled = [_pool_stage(*stage) for stage in zip(stage_maps, KERNELS, SIDES, strict=True)]
    return F.normalize(torch.cat(pooled, 1), dim=1).flatten(2).transpose(1, 2)


def _pool_stage(stage_map: Tensor, kernel: int, side: int) -> Tensor:
    """One stage: [B, C, H, W] → [B, C, 3, 3]."""
    size = max(round(kernel * min(stage_map.shape[2:]) / side), 1)
    pooled = F.max_pool2d(stage_map, size, stride=(size + 1) // 2)
    return F.normalize(F.adaptive_max_pool2d(F.normalize(pooled, dim=1), 3), dim=1)
