"""The region step by torch and by the Triton kernel, on a GPU: pairs/s and share of the measured matrix-product rate.

    python benchmarks/triton_regions.py

Unit features of 9 regions × 512 dimensions, best region only. A pair is 70 × 70 frames. The share counts the region
products alone, 2 · 9 · 9 · T · T' · D operations. A machine without a GPU, or without Triton, is told so.
"""

import os
import time
from importlib.util import find_spec

import torch
import torch.nn.functional as F
from torch import Tensor

from hapvr.device import fastest_device
from hapvr.scoring.number_format import NUMBER_FORMATS, matrix_rate
from hapvr.similarity.region_similarity import frame_similarity

REGIONS, DIMS, PAIR, RATE = 9, 512, 70 * 70, 0.1
# Frames of queries and of database videos, end to end: one pair, a strip against one video, a strip against many.
SIZES = [(70, 70), (1024, 70), (1024, 70 * 64)]
REPEATS, SQUARE = 20, 8192


def features(frames: int, dtype: torch.dtype) -> Tensor:
    """Random unit features on the GPU, [R, T, D]."""
    return F.normalize(torch.randn(REGIONS, frames, DIMS, device="cuda"), dim=-1).to(dtype)


def best_seconds(query: Tensor, target: Tensor) -> float:
    """The quickest of 20 calls, after one that compiles and warms up."""
    best = float("inf")
    for _ in range(REPEATS + 1):
        torch.cuda.synchronize()
        start = time.perf_counter()
        frame_similarity(query, target, RATE)
        torch.cuda.synchronize()
        best = min(best, time.perf_counter() - start)
    return best


def measure(name: str, size: tuple[int, int], most: float) -> None:
    """One row of the table: both paths for one dtype and size, and the largest difference of their results."""
    torch.manual_seed(0)
    query, target = (features(frames, NUMBER_FORMATS[name]) for frames in size)
    cells, results = [], []
    for chosen in ("0", "1"):
        os.environ["HAPVR_TRITON"] = chosen
        results.append(frame_similarity(query, target, RATE))
        seconds = best_seconds(query, target)
        share = 2 * REGIONS**2 * size[0] * size[1] * DIMS / seconds / most
        cells.append(f"{size[0] * size[1] / PAIR / seconds:12.0f} pairs/s {share:5.0%}")
    difference = float((results[0] - results[1]).abs().max())
    print(f"  {name:<9} {size[0]:5} × {size[1]:<5} torch {cells[0]}   Triton {cells[1]}   differ by {difference:.0e}")


def main() -> None:
    if fastest_device().type != "cuda" or find_spec("triton") is None:
        print("Nothing to measure: the kernel runs on a CUDA device with Triton, and this machine lacks one of them.")
        return
    # Imported here: there is no Triton where there is no GPU.
    from hapvr.similarity import triton_regions

    device = torch.device("cuda", torch.cuda.current_device())
    print(f"{torch.cuda.get_device_name(device)}; share of the rate of a {SQUARE} × {SQUARE} product")
    for name, dtype in NUMBER_FORMATS.items():
        if not triton_regions.supports(features(1, dtype), RATE):
            print(f"  {name}: the kernel does not run on this device, torch is used")
            continue
        most = matrix_rate(name, device, side=SQUARE)
        for size in SIZES:
            measure(name, size, most)


if __name__ == "__main__":
    main()
