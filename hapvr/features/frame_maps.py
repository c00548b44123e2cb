"""What every backbone gives."""

from typing import NamedTuple

from torch import Tensor


class FrameMaps(NamedTuple):
    """What a backbone gives for a batch of frames."""

    stages: list[Tensor]
    """Four maps [B, C, H, W], finest first."""
    pooled: Tensor
    """Global pooled feature [B, D]."""
