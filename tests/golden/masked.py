"""DnS's training pass with masks, as the golden README describes it: our clips are of one length and need none."""

import torch
import torch.nn.functional as F
from torch import Tensor

from hapvr.methods.similarity_network import FrameNetwork
from tests.golden.numbers import Golden


def masked_pairs(student: FrameNetwork, golden: Golden) -> tuple[Tensor, Tensor, Tensor]:
    """Similarity of 2 anchors to their positives and then negatives, [4], the range penalty, and the videos.

    Encoding and frame-to-frame similarity are the student's own.
    """
    videos, mask = golden["train/videos"].requires_grad_(), golden["train/mask"]
    encoded = student.encode(videos) * mask[:, :, None, None]
    anchors = torch.tensor([0, 1, 0, 1])
    real = mask[anchors].unsqueeze(2) * mask[2:].unsqueeze(1)
    layers = student.comparator_module
    maps = (student.frame_similarity_of_pairs(encoded[anchors], encoded[2:]) * real).unsqueeze(1)
    cells = real.unsqueeze(1)
    for layer in (layers.conv1, layers.conv2):
        maps, cells = F.max_pool2d(F.relu(layer(maps) * cells), 2), F.max_pool2d(cells, 2)
    raw = layers.fconv(F.relu(layers.conv3(maps) * cells))
    penalty = (raw.abs() - 1).clamp(min=0).sum()
    best = F.hardtanh(raw).masked_fill(cells == 0, -torch.inf).amax(-1)
    rows = cells.amax(-1) > 0
    similarity = best.masked_fill(~rows, 0).sum((1, 2)) / rows.sum((1, 2))
    return similarity, penalty, videos
