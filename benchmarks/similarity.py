"""Scoring speed beside a loop over pairs in the same run, and the share of this machine's matrix-product rate.

    python benchmarks/similarity.py            # tables on the screen
    python benchmarks/similarity.py --quick    # fewer pairs

Random unit features of 512 dimensions, HAP-VR's network with the published rates. The share counts the region
products alone, 2 · (9 T) · (9 T') · D operations a pair, against a square product measured just after. Memory is the
growth of the process's peak over what it held before scoring.
"""

import argparse
import multiprocessing
import platform
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from hapvr.device import fastest_device
from hapvr.similarity import score
from hapvr.similarity.model import build
from hapvr.similarity.pair import one_pair_at_a_time
from hapvr.similarity.precision import DTYPES, matrix_rate

DIMS, REGIONS = 512, 9
METHOD = {"name": "similarity_network", "region_top_rate": 0.1, "frame_top_rate": 0.03, "minimum_frames": 8}
MEMORY_GB = 1.0


class Made:
    """Random videos of given lengths, made when they are asked for, as if read from disk."""

    def __init__(self, lengths: list[int], seed: int) -> None:
        self.lengths, self.seed = lengths, seed

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, position: int) -> np.ndarray:
        if position >= len(self.lengths):
            raise IndexError(position)
        random = np.random.default_rng((self.seed, position))
        video = random.standard_normal((self.lengths[position], REGIONS, DIMS), np.float32)
        return video / np.linalg.norm(video, axis=-1, keepdims=True)

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self[position] for position in range(len(self)))


def network() -> torch.nn.Module:
    torch.manual_seed(0)
    return build(METHOD, DIMS).eval().requires_grad_(False).to(fastest_device())


def mixed(videos: int, seed: int) -> list[int]:
    """Lengths as in FIVR-200K: log-normal, mean about 100 s, between 4 and 600 s."""
    return np.random.default_rng(seed).lognormal(4.3, 0.8, videos).clip(4, 600).astype(int).tolist()


def operations(queries: list[int], database: list[int]) -> float:
    """Floating-point operations of the region products of all pairs."""
    return 2 * DIMS * REGIONS**2 * float(sum(queries)) * float(sum(database))


@torch.inference_mode()
def loop_rate(queries: Made, database: Made) -> float:
    """Pairs per second, one pair at a time."""
    method, device = network(), fastest_device()
    indexed = [[method.index(torch.from_numpy(video).to(device)) for video in videos] for videos in (queries, database)]
    one_pair_at_a_time(method, indexed[0][0], indexed[1][0])
    start = time.perf_counter()
    for query in indexed[0]:
        for target in indexed[1]:
            one_pair_at_a_time(method, query, target).item()
    return len(queries) * len(database) / (time.perf_counter() - start)


def score_rate(queries: Made, database: Made, dtype: str) -> float:
    """Pairs per second of `score`, features made ahead of time."""
    videos = [list(queries), list(database)]
    method, device = network(), fastest_device()
    score(method, videos[0][:1], videos[1][:2], device=device, memory_gb=MEMORY_GB, dtype=DTYPES[dtype])
    start = time.perf_counter()
    score(method, *videos, device=device, memory_gb=MEMORY_GB, dtype=DTYPES[dtype])
    return len(queries) * len(database) / (time.perf_counter() - start)


def peak_mb(videos: int) -> float:
    """Peak memory of scoring 4 queries against `videos` database videos of 70 frames, above what was held before."""
    queries, method = list(Made([70] * 4, 0)), network()
    # Linux: starts the peak (VmHWM) anew.
    Path("/proc/self/clear_refs").write_text("5")
    before = status_kb("VmRSS")
    score(method, queries, Made([70] * videos, 1), device=fastest_device(), memory_gb=0.25)
    return (status_kb("VmHWM") - before) / 1024


def status_kb(name: str) -> int:
    """A line of this process's memory figures, kB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer pairs")
    size = 32 if parser.parse_args().quick else 128
    device = fastest_device()
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else f"{platform.machine()} CPU"
    print(f"{name}, {torch.get_num_threads()} threads, {MEMORY_GB} GiB")
    lengths = {"70 × 70 frames": ([70] * 8, [70] * size), "FIVR's mixed lengths": (mixed(8, 0), mixed(size, 1))}
    for case, (queries, database) in lengths.items():
        loop = loop_rate(Made(queries, 0), Made(database, 1))
        print(f"\n{case}\n  {'one pair at a time':<20} {loop:8.1f} pairs/s")
        for dtype in ("float32", "bfloat16"):
            rate, most = score_rate(Made(queries, 0), Made(database, 1), dtype), matrix_rate(dtype, device)
            share = rate / (len(queries) * len(database)) * operations(queries, database) / most
            speed = f"{rate:8.1f} pairs/s, {rate / loop:5.2f} ×"
            print(f"  score, {dtype:<13} {speed}, {share:4.0%} of {most / 1e9:.0f} GFLOP/s")
    print("\nMemory against database size (0.25 GiB allowed)")
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        for videos in (64, 256, 1024) if size > 32 else (64, 256):
            print(f"  {videos:5} videos: {pool.apply(peak_mb, (videos,)):6.0f} MB")


if __name__ == "__main__":
    main()
