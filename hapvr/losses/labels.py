"""Frame labels from a frozen teacher."""

import torch
from torch import Tensor

from hapvr.losses.matrix import widen


@torch.no_grad()
def pseudo_labels(
    teacher_features: Tensor, top_rate: float, bottom_rate: float, *, rows: slice = slice(None)
) -> tuple[Tensor, Tensor]:
    """For each frame of each video, the frames of every video that its teacher finds most and least similar.

    teacher_features: [N, T, D], unit vectors. top_rate, bottom_rate: shares of the T frames, k = max(round(rate·T), 1)
    each. rows: which videos come first, Q of them; all N if not given. Returns positive and negative, bool
    [Q, N, T, T] (first video, second video, frame of the first, frame of the second). A frame that is both (one-frame
    videos) is a positive only.
    Raises ValueError for other shapes, and for rates outside (0, 1) or of sum above 1.
    Source: HAP-VR (Liu et al. 2024)
    """
    if teacher_features.ndim != 3:
        raise ValueError(f"expected teacher_features [video, frame, dims], found {list(teacher_features.shape)}")
    if not (0 < top_rate < 1 and 0 < bottom_rate < 1 and top_rate + bottom_rate <= 1):
        raise ValueError(f"expected rates above 0 of sum at most 1, found top {top_rate} and bottom {bottom_rate}")
    videos, frames, _ = teacher_features.shape
    teacher_features = widen(teacher_features)  # half precision would tie frames
    first, second = teacher_features[rows].flatten(0, 1), teacher_features.flatten(0, 1)
    similarity = (first @ second.T).reshape(-1, frames, videos, frames).transpose(1, 2)
    positive = _extreme(similarity, rate=top_rate, largest=True)
    return positive, _extreme(similarity, rate=bottom_rate, largest=False) & ~positive


def _extreme(similarity: Tensor, *, rate: float, largest: bool) -> Tensor:
    k = max(round(rate * similarity.shape[-1]), 1)
    chosen = similarity.topk(k, dim=-1, largest=largest, sorted=False).indices
    return torch.zeros(similarity.shape, dtype=torch.bool, device=similarity.device).scatter_(-1, chosen, True)
