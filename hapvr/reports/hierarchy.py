"""One pair of videos on every level: regions, frames, videos, and what a frozen teacher says of its frames."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, hardtanh, normalize

from hapvr.features.extractor import build_extractor
from hapvr.features.teacher import build_teacher
from hapvr.losses import LOSSES
from hapvr.losses.labels import pseudo_labels
from hapvr.methods.similarity_network import FrameNetwork
from hapvr.project import Project
from hapvr.topk import kept_items


class Levels(NamedTuple):
    """From regions to the similarity of two videos of T and T' frames.

    frames: a frame of either, where they are most alike. regions: [9, 9] of these two. frame_matrix: [T, T'].
    refined: [T/4, T'/4] in [−1, 1]; kept: bool, the entries of it that TopK-Chamfer takes the mean of.
    """

    frames: tuple[int, int]
    regions: Tensor
    frame_matrix: Tensor
    refined: Tensor
    kept: Tensor
    similarity: float


class Taught(NamedTuple):
    """similarity: [T, T] of frames by the teacher. positive, negative: bool, the pseudo labels made of it."""

    similarity: Tensor
    positive: Tensor
    negative: Tensor


@torch.inference_mode()
def compare(network: FrameNetwork, query: Tensor, target: Tensor) -> Levels:
    """Every level of a network that refines frame matrices, of two videos' features [T, R, D] and [T', R, D]."""
    indexed = [network.index(features) for features in (query, target)]
    matrix = network.frame_similarity(*indexed)
    refined = hardtanh(network.compare_frames(matrix[None])[0])
    # A video that is too short for the network was repeated.
    seen = matrix[: len(query), : len(target)]
    row, column = most_alike(seen)
    return Levels(
        frames=(row, column),
        regions=indexed[0][row] @ indexed[1][column].T,
        frame_matrix=seen,
        refined=refined,
        kept=kept_entries(refined, network.frame_top_rate),
        similarity=network.pool(refined).item(),
    )


def most_alike(matrix: Tensor) -> tuple[int, int]:
    """The middle of the four by four frames that are most similar: a single frame may be so by chance."""
    four = min(4, *matrix.shape)
    blocks = avg_pool2d(matrix[None], four, stride=1)[0]
    row, column = np.unravel_index(int(blocks.argmax()), tuple(blocks.shape))
    return int(row) + four // 2, int(column) + four // 2


def kept_entries(refined: Tensor, rate: float) -> Tensor:
    """Of each row, the largest entries, which TopK-Chamfer at this rate keeps: bool, of the same shape."""
    places = refined.topk(kept_items(rate, refined.shape[1]), dim=1).indices
    return torch.zeros_like(refined, dtype=torch.bool).scatter_(1, places, True)


def teach(project: Project, images: np.ndarray) -> Tensor:
    """Unit vectors [T, Dt] by the teacher of params.yaml of the frames [T, H, W, 3] of a video."""
    params = project.params
    batch = torch.from_numpy(images).permute(0, 3, 1, 2)
    extractor = build_extractor(params.backbone, params.features, project.root, None)
    teacher = build_teacher(params.teacher, project.root, batch=params.features.batch)
    return teacher(batch, extractor(batch).pooled)


def stand_in(features: Tensor) -> Tensor:
    """Unit vectors [T, D] where a video comes without frames: means of its regions [T, R, D]."""
    return normalize(features.mean(1), dim=-1)


def label(taught: tuple[Tensor, Tensor], *, window: int, rates: tuple[float, float]) -> Taught:
    """What the teacher says of the first `window` frames of two videos, fewer where one is shorter.

    taught: unit vectors of the frames of both. rates: shares that are positives and negatives.
    """
    frames = min(window, *(len(video) for video in taught))
    query, target = (video[:frames] for video in taught)
    positive, negative = pseudo_labels(torch.stack([query, target]), *rates)
    return Taught(query @ target.T, positive[0, 1], negative[0, 1])


def label_rates(losses: Mapping[str, Mapping[str, Any]]) -> tuple[float, float] | None:
    """Shares of positives and negatives of the first loss of the frame level; None: there is none."""
    for name, options in losses.items():
        # By its source: importing it would make it a part of the stage.
        if "FrameLevel" in LOSSES.bases(name):
            return options["top_rate"], options["bottom_rate"]
    return None
