"""How `hapvr duplicates` scales: candidates among many synthetic videos, their recall, time and memory.

    python benchmarks/duplicates.py                     # 20,000 videos
    python benchmarks/duplicates.py --videos 2000 --sample 50

Features are made, not extracted: the frames of a video wander about a direction of its own, and all share one, so
that unrelated ones are alike, too. One video in ten is an edited copy of another (noise on every frame), one in ten an
excerpt of another between frames of its own. They are compared as `hapvr duplicates` compares them beyond
`exact_up_to`: clips of --clip-s seconds at one frame per second, faiss, exact similarity of the candidates. The recall
is that of all copies among the candidates of their originals, and, for --sample originals, of those that the exact
answer finds among all videos. Writes nothing.
"""

import argparse
import resource
import time
from typing import Any

import numpy as np

from hapvr.methods.chamfer import Chamfer
from hapvr.scoring.reading import Subset
from hapvr.search.duplicates.clips import clip_frames, describe_clips, find_candidates, memory_of
from hapvr.search.duplicates.pairs import Pairs
from hapvr.search.options import Duplicates
from hapvr.threads import wait_passively

REGIONS, DIMS, FPS = 9, 128, 1.0
SHORTEST, LONGEST = 10, 60  # frames
SHARED, WANDER, REGION_NOISE, EDIT = 0.8, 0.5, 0.7, 0.6
HOUR = 3600


class Synthetic:
    """Features by name, made when they are asked for: always the same. kinds: "own", "copy" or "excerpt" of another."""

    def __init__(self, videos: int) -> None:
        self.names = [f"{number:06d}" for number in range(videos)]
        random = np.random.default_rng(0)
        self._shared = unit(random.standard_normal(DIMS))
        self._noise = unit(random.standard_normal((4096, REGIONS, DIMS))).astype(np.float32)

    def source_of(self, number: int) -> int | None:
        """The original that a video is made of; originals come first."""
        originals = 8 * len(self.names) // 10
        return None if number < originals else (number - originals) * 7 % originals

    def frames(self, name: str) -> int:
        return len(self._frames(int(name)))

    def __getitem__(self, name: str) -> np.ndarray:
        number = int(name)
        random = np.random.default_rng([2, number])
        frames = self._frames(number)
        # Noise from a pool, in another order of dimensions for each video: drawing it afresh would take longest of all.
        place = (int(random.integers(len(self._noise))) + np.arange(len(frames))) % len(self._noise)
        noise = np.roll(self._noise[place], int(random.integers(DIMS)), axis=-1)
        return unit(frames[:, None].astype(np.float32) + REGION_NOISE * noise)

    def _frames(self, number: int) -> np.ndarray:
        random = np.random.default_rng([1, number])
        source = self.source_of(number)
        length = int(random.integers(SHORTEST, LONGEST + 1))
        if source is None:
            own = unit(random.standard_normal(DIMS))
            steps = unit(random.standard_normal((length, DIMS))) * WANDER
            return unit(SHARED * self._shared + own + steps)
        frames = self._frames(source)
        edited = unit(frames + EDIT * unit(random.standard_normal(frames.shape)))
        if number % 2:
            return edited
        half = edited[: max(SHORTEST // 2, len(edited) // 2)]
        around = unit(SHARED * self._shared + unit(random.standard_normal((length, DIMS))))
        return np.concatenate([around[: length // 2], half, around[length // 2 :]])


def unit(vectors: np.ndarray) -> np.ndarray:
    """Along the last axis."""
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--videos", type=int, default=20_000)
    parser.add_argument("--sample", type=int, default=20)
    parser.add_argument("--candidates", type=int, default=50)
    parser.add_argument("--clip-s", type=float, default=10)
    parser.add_argument("--memory-gb", type=float, default=2)
    options = parser.parse_args()
    wait_passively()
    for line in measure(options).items():
        print("{}: {}".format(*line))


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """What is printed: name → value."""
    store = Synthetic(options.videos)
    start = time.perf_counter()
    videos = Subset(store, store.names)
    made = time.perf_counter() - start
    asked = max(1, round(options.clip_s * FPS))
    frames = clip_frames(videos.lengths, DIMS, frames=asked, memory_gb=options.memory_gb)
    start = time.perf_counter()
    clips = describe_clips(videos, frames)
    read = time.perf_counter() - start
    start = time.perf_counter()
    candidates = find_candidates(clips, most=options.candidates, seed=0)
    found = time.perf_counter() - start
    hours = sum(videos.lengths) / FPS / HOUR
    return {
        "videos": f"{options.videos}, {hours:.0f} hours, {len(clips.vectors)} clips of {frames / FPS:g} s",
        "making features": f"{made + read:.1f} s, which real ones do not take",
        "candidates": f"{found:.1f} s, {1e3 * found / options.videos:.2f} ms a video",
        "vectors and index": f"{len(clips.vectors) * memory_of(DIMS) / 1e6:.0f} MB, {memory_of(DIMS)} bytes a clip",
        "process at its largest": f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB",
        **recalls(store, candidates),
        **exact(store, candidates, options),
    }


def recalls(store: Synthetic, candidates: list[np.ndarray]) -> dict[str, str]:
    """Of the copies and excerpts that were made, how many are candidates of their originals."""
    rows: dict[str, list[bool]] = {"copies": [], "excerpts": []}
    for number in range(len(store.names)):
        source = store.source_of(number)
        if source is not None:
            rows["copies" if number % 2 else "excerpts"].append(number in candidates[source])
    return {f"recall of {kind}": f"{np.mean(hits):.4f} of {len(hits)}" for kind, hits in rows.items() if hits}


def exact(store: Synthetic, candidates: list[np.ndarray], options: argparse.Namespace) -> dict[str, str]:
    """The exact answer for a sample of videos: what is nearest to them among all."""
    asked = Duplicates(
        threshold=0.5,
        exact_up_to=0,
        neighbours=1,
        candidates=options.candidates,
        clip_s=options.clip_s,
        sample=options.sample,
        seed=0,
    )
    names = store.names
    pairs = Pairs(Chamfer(0, 0), store, names, options=asked, memory_gb=options.memory_gb)
    start = time.perf_counter()
    nearest = pairs.likely_of_sample()
    took = time.perf_counter() - start
    copies = [pair for pair in nearest if store.source_of(pair.video) == pair.query]
    found = sum(pair.video in candidates[pair.query] for pair in copies)
    return {
        "exact comparison of a sample": f"{took:.1f} s, {options.sample * len(names) / took:.0f} pairs a second",
        "copies that it finds": f"{len(copies)}, of which {found} are candidates",
    }


if __name__ == "__main__":
    main()
