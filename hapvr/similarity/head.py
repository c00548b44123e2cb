"""The network's CNN on a batch of matrices of different widths, with the values each gives alone."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hapvr.similarity.spans import CHUNK

# Two 2 × 2 poolings: one output of the CNN stands for this many frames.
STRIDE = 4
# Matrices in one pass of the CNN.
TOGETHER = 8


class Comparator(nn.Module):
    """CNN over a frame-to-frame matrix, [N, 1, T, T'] → [N, 1, T/4, T'/4], before hardtanh."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, padding=1)
        self.conv2 = nn.Conv2d(32, 64, 3, padding=1)
        self.conv3 = nn.Conv2d(64, 128, 3, padding=1)
        self.fconv = nn.Conv2d(128, 1, 1)

    def forward(self, frame_similarity: Tensor) -> Tensor:
        maps = F.max_pool2d(F.relu(self.conv1(frame_similarity)), 2)
        maps = F.max_pool2d(F.relu(self.conv2(maps)), 2)
        out: Tensor = self.fconv(F.relu(self.conv3(maps)))
        return out


def masked_head(comparator: Comparator, frame_similarity: Tensor, lengths: Tensor) -> Tensor:
    """Raw CNN output where column j of matrix n is padding if j ≥ lengths[n].

    frame_similarity: [N, T, T'], zero in its padding. lengths: [N]. Returns [N, T // 4, T' // 4], before
    hardtanh; its first lengths[n] // 4 columns are what the n-th matrix alone gives, the others mean nothing.
    The last bits of a convolution depend on how many matrices it gets at once: it always gets TOGETHER of them,
    empty ones added (except chunks of a long video, which are always alone).
    """
    if frame_similarity.shape[2] > CHUNK:
        return _head(comparator, frame_similarity, lengths)
    missing = -len(lengths) % TOGETHER
    filled = F.pad(frame_similarity, (0, 0, 0, 0, 0, missing)), F.pad(lengths, (0, missing))
    parts = zip(filled[0].split(TOGETHER), filled[1].split(TOGETHER), strict=True)
    return torch.cat([_head(comparator, *part) for part in parts])[: len(lengths)]


def _head(comparator: Comparator, frame_similarity: Tensor, lengths: Tensor) -> Tensor:
    maps = F.max_pool2d(F.relu_(comparator.conv1(frame_similarity.unsqueeze(1))), 2)
    maps = maps * _real(lengths // 2, maps)
    maps = F.max_pool2d(F.relu_(comparator.conv2(maps)), 2)
    maps = maps * _real(lengths // 4, maps)
    raw: Tensor = comparator.fconv(F.relu_(comparator.conv3(maps)))
    return raw.squeeze(1)


def _real(lengths: Tensor, maps: Tensor) -> Tensor:
    """1 in the first lengths[n] columns, 0 after them: [N, 1, 1, width]."""
    columns = torch.arange(maps.shape[3], device=maps.device)
    return (columns < lengths[:, None]).to(maps.dtype)[:, None, None]
