"""Post-norm transformer layers over the frames of a video: what the methods with temporal context share."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.nn.functional as F
from torch import Tensor, nn

FLOAT32 = 4


class FrameEncoder(nn.Module):
    """Layers of self-attention and a feed-forward network without positions: the order of frames changes nothing.

    Each is the post-norm ReLU layer of Vaswani et al. 2017; there is no norm after the last one. Raises ValueError for
    dims that are no multiple of heads.
    """

    def __init__(self, dims: int, *, heads: int, feedforward: int, layers: int, dropout: float) -> None:
        super().__init__()
        if dims % heads:
            raise ValueError(f"heads: {heads} do not divide the features' {dims} dims; choose a divisor of {dims}")
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(dims, heads, feedforward, dropout, batch_first=True) for _ in range(layers)
        )
        # Of one layer: three projections, attention and four vectors around them, and the hidden units twice.
        self.bytes_per_frame = FLOAT32 * (8 * dims + 2 * feedforward)

    def forward(self, frames: Tensor, absent: Tensor | None = None) -> Tensor:
        """Frames [T, D] or [N, T, D] → the same shape. absent: bool [N, T], True where nobody attends to a frame."""
        with _one_way_to_compute():
            for layer in self.layers:
                frames = layer(frames, src_key_padding_mask=absent)
        return frames


def frame_vectors(features: Tensor) -> Tensor:
    """Features [..., T, R, D] → the unit vector of each frame's mean over regions, [..., T, D]."""
    return F.normalize(features.mean(-2), dim=-1)


@contextmanager
def _one_way_to_compute() -> Iterator[None]:
    """Without PyTorch's fused layer, which it takes where no gradient is wanted and which rounds otherwise."""
    before = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        yield
    finally:
        torch.backends.mha.set_fastpath_enabled(before)
