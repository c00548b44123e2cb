"""Candidates for copies among very many videos: one vector per clip, in an index of nearest neighbours."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
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
    """vectors: float16 [C, D], unit vectors. videos: [C], which video each is of, in order."""

    vectors: np.ndarray
    videos: np.ndarray


def clip_vectors(features: np.ndarray, frames: int) -> np.ndarray:
    """Features [T, R, D] → [C, D]: the mean of the frames and regions of each clip of `frames` frames, as unit vectors.

    The last clip is as long as the others if the video is, so that it overlaps the one before.
    """
    starts = [*range(0, max(len(features) - frames, 0), frames), max(len(features) - frames, 0)]
    means = np.stack([features[start : start + frames].mean((0, 1)) for start in starts])
    vectors: np.ndarray = means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)
    return vectors.astype(np.float16)


def describe_clips(videos: Videos, frames: int) -> Clips:
    """The clips of all videos, read one after another; progress shown."""
    parts = [clip_vectors(videos[place], frames) for place in tqdm(range(len(videos)), "clips", unit="video")]
    numbers = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    return Clips(np.concatenate(parts), numbers)


def clip_frames(lengths: Sequence[int], dims: int, *, frames: int, memory_gb: float) -> int:
    """Frames of a clip, so that the vectors of all are within `memory_gb`: `frames`, or a power of two times as many.

    lengths: frames of each video. dims: of a vector.
    """
    room = memory_gb * 2**30
    while frames < max(lengths) and sum(-(-length // frames) for length in lengths) * memory_of(dims) > room:
        frames *= 2
    return frames


def memory_of(dims: int) -> int:
    """Bytes that one clip takes: its vector as float16, and as it is indexed among very many."""
    return 2 * dims + dims + BYTES_AROUND


def find_candidates(clips: Clips, *, most: int, seed: int) -> list[np.ndarray]:
    """For each video the `most` others with the most similar clip, and those of which it is one of the most similar.

    In order of number; progress shown. seed: of the clips from which the cells are learnt.
    """
    pairs = [np.zeros((0, 2), np.int64)]
    video, best = 0, dict[int, float]()
    for place, values, neighbours in _nearest(clips, 2 * most, seed):
        if clips.videos[place] != video:
            pairs.append(_best_of(best, video, most))
            video, best = int(clips.videos[place]), {}
        for value, other in zip(values.tolist(), clips.videos[neighbours].tolist(), strict=True):
            best[other] = max(best.get(other, value), value)
    pairs.append(_best_of(best, video, most))
    one_way = np.concatenate(pairs)
    both = np.unique(np.concatenate([one_way, one_way[:, ::-1]]), axis=0)
    return np.split(both[:, 1], np.searchsorted(both[:, 0], np.arange(1, video + 1)))


def _nearest(clips: Clips, count: int, seed: int) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """For each clip the similarity and numbers of the `count` nearest ones, itself and others of its video included."""
    index = _build(clips.vectors, seed)
    with tqdm(desc="candidates", total=len(clips.vectors), unit="clip") as progress:
        for first in range(0, len(clips.vectors), AT_ONCE):
            asked = clips.vectors[first : first + AT_ONCE].astype(np.float32)
            for place, (values, found) in enumerate(zip(*index.search(asked, count), strict=True), first):
                # Fewer than asked for are marked by -1.
                yield place, values[found >= 0], found[found >= 0]
            progress.update(len(asked))


def _best_of(best: dict[int, float], video: int, most: int) -> np.ndarray:
    """Pairs of a video and the `most` best others, [pairs, 2]."""
    others = sorted((other for other in best if other != video), key=lambda other: (-best[other], other))[:most]
    return np.array([(video, other) for other in others], np.int64).reshape(-1, 2)


def _build(vectors: np.ndarray, seed: int) -> Any:
    """Exact, or cells with 8 bits per dimension."""
    # Imported here: only searches of very many videos need it.
    import faiss

    faiss.omp_set_num_threads(torch.get_num_threads())
    dims = vectors.shape[1]
    if len(vectors) < CELLS_FROM:
        exact = faiss.IndexFlatIP(dims)
        exact.add(vectors.astype(np.float32))
        return exact
    cells = int(4 * len(vectors) ** 0.5)
    coarse = faiss.IndexFlatIP(dims)
    index = faiss.IndexIVFScalarQuantizer(
        coarse, dims, cells, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
    )
    drawn = np.random.default_rng(seed).permutation(len(vectors))[: LEARNT_FROM * cells]
    index.train(vectors[drawn].astype(np.float32))
    for part in _blocks(vectors):
        index.add(part)
    index.nprobe = LOOKED_INTO
    return index


def _blocks(vectors: np.ndarray) -> Iterator[np.ndarray]:
    for first in range(0, len(vectors), 16 * AT_ONCE):
        yield vectors[first : first + 16 * AT_ONCE].astype(np.float32)
