"""Database videos in batches of about one length, read ahead."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from hapvr.similarity.comparison import Batch
from hapvr.similarity.model import Method
from hapvr.similarity.region_similarity import region_major
from hapvr.similarity.spans import CHUNK

# Videos are padded to a multiple of this many frames: what a video is padded to depends on it alone.
QUANTUM = 8

Videos = Sequence[np.ndarray | Tensor]


def lengths_of(videos: Videos) -> list[int]:
    """Frames of each video, from `videos.lengths` where the sequence knows them without reading."""
    known: list[int] | None = getattr(videos, "lengths", None)
    return [len(video) for video in videos] if known is None else known


def plan(positions: Iterable[int], lengths: Sequence[int], frames: int) -> list[list[int]]:
    """Cuts positions, in order of length, into batches of one padded length and `frames` frames; long videos alone."""
    groups: list[list[int]] = []
    held = width = 0
    for position in positions:
        padded = -(-lengths[position] // QUANTUM) * QUANTUM
        if not groups or padded != width or held + padded > frames or padded > CHUNK:
            groups.append([])
            held, width = 0, padded
        groups[-1].append(position)
        held += padded
    return groups


def batches(
    method: Method, videos: Videos, groups: list[list[int]], *, device: torch.device | str, dtype: torch.dtype
) -> Iterator[Batch]:
    """Reads, indexes and pads the videos of each group; the next group is read while one is compared."""

    def read(group: list[int]) -> list[Tensor]:
        return [torch.as_tensor(videos[position]) for position in group]

    with ThreadPoolExecutor(1) as reader:
        ahead = reader.submit(read, groups[0]) if groups else None
        for number, group in enumerate(groups):
            assert ahead is not None
            features = ahead.result()
            ahead = reader.submit(read, groups[number + 1]) if number + 1 < len(groups) else None
            yield _padded(group, [method.index(video.to(device).float()) for video in features], dtype)


def _padded(group: list[int], indexed: list[Tensor], dtype: torch.dtype) -> Batch:
    lengths = [len(video) for video in indexed]
    longest = -(-max(lengths) // QUANTUM) * QUANTUM if max(lengths) <= CHUNK else max(lengths)
    videos = [
        F.pad(region_major(video.to(dtype)), (0, 0, 0, longest - length))
        for video, length in zip(indexed, lengths, strict=True)
    ]
    return Batch(group, videos, torch.tensor(lengths, device=indexed[0].device))
