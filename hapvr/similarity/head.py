"""The network's CNN on queries laid end to end, with the values each gives alone."""

import torch.nn.functional as F
from torch import Tensor, nn

# Two 2 × 2 poolings: one output of the CNN stands for this many frames.
STRIDE = 4


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


def masked_head(comparator: Comparator, frame_similarity: Tensor, real: Tensor) -> Tensor:
    """Raw CNN output for matrices whose rows are several queries, zero rows between them.

    frame_similarity: [N, T, T']. real: bool [T], True for the rows of queries; each query starts at a multiple of four,
    after at least one zero row and one whole output without a query. Returns [N, T // 4, T' // 4], before hardtanh: the
    outputs of a query are what its rows alone give.
    """
    # After the pooling, relu and mask have a quarter of the work, and the maximum stays what it is.
    maps = F.relu(F.max_pool2d(comparator.conv1(frame_similarity.unsqueeze(1)), 2)) * _rows(
        real[1::2], frame_similarity
    )
    maps = F.relu(F.max_pool2d(comparator.conv2(maps), 2)) * _rows(real[3::4], frame_similarity)
    raw: Tensor = comparator.fconv(F.relu(comparator.conv3(maps)))
    return raw.squeeze(1)


def _rows(real: Tensor, like: Tensor) -> Tensor:
    return real.to(like.dtype)[:, None]
