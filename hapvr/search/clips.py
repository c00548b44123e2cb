"""Candidates for copies among very many videos: one vector per clip, in an index of nearest neighbours."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

from hapvr.scoring.reading import Videos

# From so many clips on the index has cells, of which a few are looked into; below, it is exact.
CELLS_FROM = 20_000
LOOKED_INTO = 32
LEARNT_FROM = 64  # clips per cell, drawn at random
AT_ONCE = 4096  # clips that are looked for in one call
# An 8-bit number per dimension and the number of the clip.
BYTES_AROUND = 8


class Clips(NamedTuple):
    """vectors: float32 [C, D], unit vectors. videos: [C], which video each is of."""

    vectors: np.ndarray
    videos: np.ndarray


def clip_vectors(features: np.ndarray, frames: int) -> np.ndarray:
    """Features [T, R, D] → [C, D]: the mean of the frames and regions of each clip of `frames` frames, as unit vectors.

    The last clip is as long as the others if the video is, so that it overlaps the one before.
    """
    starts = [*range(0, max(len(features) - frames, 0), frames), max(len(features) - frames, 0)]
    means = np.stack([features[start : start + frames].mean((0, 1)) for start in starts])
    vectors: np.ndarray = means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)
    return vectors.astype(np.float32)


def describe_clips(videos: Videos, frames: int) -> Clips:
    """The clips of all videos, read one after another; progress shown."""
    parts = [clip_vectors(videos[place], frames) for place in tqdm(range(len(videos)), "clips", unit="video")]
    numbers = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    return Clips(np.concatenate(parts), numbers)


def clip_frames(lengths: Sequence[int], dims: int, *, frames: int, memory_gb: float) -> int:
    """Frames of a clip, so that the vectors of all are within `memory_gb`: `frames`, or a power of two times as many.

    lengths: frames of each video. dims: of a vector. The vectors are there as float32 and in the index.
    """
    room = memory_gb * 2**30
    while frames < max(lengths) and sum(-(-length // frames) for length in lengths) * memory_of(dims) > room:
        frames *= 2
    return frames


def memory_of(dims: int) -> int:
    """Bytes that one clip takes: its vector as float32, and as it is indexed."""
    return 4 * dims + dims + BYTES_AROUND


def find_candidates(clips: Clips, *, most: int, seed: int) -> list[list[int]]:
    """For each video the `most` others with the most similar clip, and those of which it is one of the most similar.

    Best first; progress shown. seed: of the clips from which the cells are learnt.
    """
    index = _build(clips.vectors, seed)
    videos = int(clips.videos[-1]) + 1
    best: list[dict[int, float]] = [defaultdict(lambda: -1.0) for _ in range(videos)]
    for first in tqdm(range(0, len(clips.vectors), AT_ONCE), "candidates", unit="block"):
        # The clips of a video itself are among its own neighbours.
        similarity, found = index.search(clips.vectors[first : first + AT_ONCE], 2 * most)
        for place, (values, neighbours) in enumerate(zip(similarity, found, strict=True), first):
            _note(best[clips.videos[place]], values, clips.videos[neighbours[neighbours >= 0]])
    chosen = [_best_of(found, itself=video, most=most) for video, found in enumerate(best)]
    for video, others in enumerate([list(others) for others in chosen]):
        for other in others:
            if video not in chosen[other]:
                chosen[other].append(video)
    return chosen


def _note(best: dict[int, float], values: Iterable[float], videos: Iterable[int]) -> None:
    for value, video in zip(values, videos, strict=False):
        best[int(video)] = max(best[int(video)], float(value))


def _best_of(found: dict[int, float], *, itself: int, most: int) -> list[int]:
    others = (video for video in found if video != itself)
    return sorted(others, key=lambda video: (-found[video], video))[:most]


def _build(vectors: np.ndarray, seed: int) -> Any:
    """Exact, or cells with 8 bits per dimension."""
    # Imported here: only searches of very many videos need it.
    import faiss

    dims = vectors.shape[1]
    if len(vectors) < CELLS_FROM:
        exact = faiss.IndexFlatIP(dims)
        exact.add(vectors)
        return exact
    cells = int(4 * len(vectors) ** 0.5)
    coarse = faiss.IndexFlatIP(dims)
    index = faiss.IndexIVFScalarQuantizer(
        coarse, dims, cells, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
    )
    drawn = np.random.default_rng(seed).permutation(len(vectors))[: LEARNT_FROM * cells]
    index.train(vectors[drawn])
    for part in _blocks(vectors):
        index.add(part)
    index.nprobe = LOOKED_INTO
    return index


def _blocks(vectors: np.ndarray) -> Iterator[np.ndarray]:
    for first in range(0, len(vectors), 16 * AT_ONCE):
        yield vectors[first : first + 16 * AT_ONCE]
