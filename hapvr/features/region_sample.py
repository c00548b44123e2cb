"""A random sample of region vectors of many videos, to learn from."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from hapvr.storage.frames import frame_counts, read_frames

REGIONS = 9


def sample_regions(
    files: Iterable[Path], videos: Iterable[str], describe: Callable[[np.ndarray], Tensor], *, vectors: int, seed: int
) -> Tensor:
    """About `vectors` region vectors [N, C] of randomly chosen frames of `videos`, whole frames; progress shown.

    files: of sampled frames. describe: images [T, H, W, 3] → region vectors [T, 9, C].
    Raises ValueError if no video is in the files.
    """
    files = list(files)
    counts = _count_frames(files, sorted(videos))
    chosen = choose_frames(counts, frames=-(-vectors // REGIONS), seed=seed)
    parts = [
        describe(images).flatten(0, 1) for images in tqdm(_read(files, chosen), "whiten", len(chosen), unit="video")
    ]
    return torch.cat(parts)


def choose_frames(counts: Mapping[str, int], *, frames: int, seed: int) -> dict[str, np.ndarray]:
    """A random sample of `frames` frames (all, if there are fewer): video id → frame positions, ascending."""
    owners = np.repeat(np.arange(len(counts)), list(counts.values()))
    positions = np.concatenate([np.arange(count) for count in counts.values()])
    kept = np.sort(np.random.default_rng(seed).permutation(len(owners))[:frames])
    return {
        video_id: positions[kept[owners[kept] == owner]]
        for owner, video_id in enumerate(counts)
        if (owners[kept] == owner).any()
    }


def _count_frames(files: list[Path], videos: Iterable[str]) -> dict[str, int]:
    """Frames sampled from each of `videos` that was readable."""
    counts = {video_id: count for file in files for video_id, count in frame_counts(file).items()}
    readable = {video_id: counts[video_id] for video_id in videos if video_id in counts}
    if not readable:
        raise ValueError(f"{files[0].parent}: no training video could be read; see the *.failures.csv there")
    return readable


def _read(files: list[Path], chosen: Mapping[str, np.ndarray]) -> Iterator[np.ndarray]:
    for file in files:
        for video in read_frames(file, chosen):
            yield video.images()[chosen[video.video_id]]
