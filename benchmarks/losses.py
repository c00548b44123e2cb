"""Cost of QuadLinear-AP, forward and backward, against a straightforward implementation that builds every pair.

    python benchmarks/losses.py            # table on the screen and reports/benchmarks/losses.csv
    python benchmarks/losses.py --figure   # reports/benchmarks/losses.{svg,png} from that file

Each measurement is a process of its own, so that its peak memory is its own. Sizes that the straightforward
implementation would need more than --memory-gb for are left out. With a GPU, the frame-level loss is timed there too.
"""

import argparse
import gc
import platform
import time
from collections.abc import Callable
from pathlib import Path

import torch
from measured import alone, forget_peak, memory_bytes, write_table
from torch import Tensor

from hapvr.losses import FrameQuadLinearAP, QuadLinearAP, pseudo_labels
from hapvr.losses.quadlinear_surrogate import quadlinear

CSV = Path("reports/benchmarks/losses.csv")
FIGURE = Path("reports/benchmarks/losses")
FRAMES = 28
VIDEO_SIZES = [64, 128, 256, 384, 512, 1024, 2048, 4096]
FRAME_SIZES = [8, 16, 32, 48, 64, 128, 256]
GPU_FRAME_SIZES = [128, 512]
COPIES = 8  # of its largest tensor that the straightforward implementation holds at its peak
DELTA, VIDEO_RHO, FRAME_RHO = 0.05, 0.1, 5.0
REPEATS = 3


def straightforward(similarity: Tensor, positive: Tensor, negative: Tensor, rho: float) -> Tensor:
    """AP by its definition: [..., item] → [...], through [..., item, item]."""
    difference = similarity.unsqueeze(-2) - similarity.unsqueeze(-1)
    with torch.no_grad():
        rank_positive = 1 + rho * ((difference > 0) * positive.unsqueeze(-2)).sum(-1)
    rank = rank_positive + (quadlinear(difference, DELTA) * negative.unsqueeze(-2)).sum(-1)
    return (positive * rank_positive / rank).sum(-1) / positive.sum(-1)


def video_case(size: int, device: str, implementation: str) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
    """Similarity of a batch of pairs, each video relevant to itself and its other view; and the loss of it."""
    similarity = torch.rand(size, size, device=device, requires_grad=True)
    relevance = _pairs(size, device)
    if implementation == "hapvr":
        loss = QuadLinearAP(DELTA, VIDEO_RHO)
        return similarity, lambda s: loss(s, relevance)
    return similarity, lambda s: 1 - straightforward(s, relevance, ~relevance, VIDEO_RHO).mean()


def frame_case(size: int, device: str, implementation: str) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
    """Frame similarities of the same batch, with frame labels of a random teacher; and the loss of them."""
    similarity = torch.rand(size, size, FRAMES, FRAMES, device=device, requires_grad=True)
    teacher = torch.nn.functional.normalize(torch.randn(size, FRAMES, 64, device=device), dim=-1)
    positive, negative = pseudo_labels(teacher, 0.35, 0.35)
    relevance = _pairs(size, device)
    if implementation == "hapvr":
        loss = FrameQuadLinearAP(DELTA, FRAME_RHO)
        return similarity, lambda s: loss(s, positive, negative, relevance)

    def all_pairs(s: Tensor) -> Tensor:
        precision = straightforward(s, positive, negative, FRAME_RHO).mean(-1)
        return 1 - (precision * relevance).sum() / relevance.sum()

    return similarity, all_pairs


CASES = {"video level": video_case, "frame level": frame_case}


def _pairs(size: int, device: str) -> Tensor:
    source = torch.arange(size, device=device) // 2
    return source[:, None] == source


def measure(case: str, implementation: str, size: int, device: str) -> dict[str, str | int | float]:
    """One row of the table: the best of several runs, and the peak of memory above the inputs."""
    torch.manual_seed(0)
    warm, warm_loss = CASES[case](8, device, implementation)
    warm_loss(warm).backward()
    similarity, loss = CASES[case](size, device, implementation)
    gc.collect()
    memory_mb = _peak_mb(lambda: loss(similarity).backward(), device)
    seconds = []
    for _ in range(REPEATS):
        similarity.grad = None
        start = _now(device)
        loss(similarity).backward()
        seconds.append(_now(device) - start)
        if sum(seconds) > 30:
            break
    return {
        "case": case,
        "implementation": implementation,
        "videos": size,
        "seconds": round(min(seconds), 6),
        "peak_mb": round(memory_mb, 1),
        "device": torch.cuda.get_device_name() if device == "cuda" else f"{platform.machine()} CPU",
        "threads": torch.get_num_threads(),
    }


def _now(device: str) -> float:
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter()


def _peak_mb(step: Callable[[], None], device: str) -> float:
    if device == "cuda":
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        step()
        return (torch.cuda.max_memory_allocated() - before) / 1e6
    forget_peak()
    before = memory_bytes("VmRSS")
    step()
    return (memory_bytes("VmHWM") - before) / 1e6


def plan(memory_gb: float) -> list[tuple[str, str, int, str]]:
    """Every measurement: case, implementation, size, device."""
    planned = []
    for case, sizes, power, factor in [
        ("video level", VIDEO_SIZES, 3, 1),
        ("frame level", FRAME_SIZES, 2, FRAMES**3),
    ]:
        for size in sizes:
            planned.append((case, "hapvr", size, "cpu"))
            if size**power * factor * 4 * COPIES <= memory_gb * 1e9:
                planned.append((case, "straightforward", size, "cpu"))
    if torch.cuda.is_available():
        planned += [("frame level", "hapvr", size, "cuda") for size in GPU_FRAME_SIZES]
    return planned


def run(memory_gb: float) -> None:
    rows = []
    for task in plan(memory_gb):
        rows.append(alone(measure, *task))
        print("  ".join(f"{key} {value}" for key, value in rows[-1].items()), flush=True)
    write_table(CSV, rows)


def draw() -> None:
    """Cost against size: time and memory, both levels, both implementations."""
    import matplotlib.ticker
    import pandas as pd
    import seaborn as sns

    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "hapvr"
    table = pd.read_csv(CSV)
    table["case"] = table["case"].replace("frame level", f"frame level, {FRAMES} frames each")
    table = table[table.device.str.endswith("CPU")].rename(
        columns={"seconds": "time (s)", "peak_mb": "peak memory (MB)"}
    )
    table = table.replace({"peak memory (MB)": {0: float("nan")}})  # below what the process had kept from its warm-up
    long = table.melt(["case", "implementation", "videos"], ["time (s)", "peak memory (MB)"], "measure", "cost")
    grid = sns.relplot(
        long, x="videos", y="cost", hue="implementation", style="implementation", row="measure", col="case",
        kind="line", markers=True, dashes=False, height=2.8, aspect=1.4, facet_kws={"sharex": "col", "sharey": "row"},
    )  # fmt: skip
    grid.set(yscale="log", xlabel="videos in the batch")
    for axis in grid.axes.flat:
        axis.set_xscale("log", base=2)
        axis.xaxis.set_major_formatter(matplotlib.ticker.ScalarFormatter())
    grid.set_titles("{col_name}")
    for axis, label in zip(grid.axes[:, 0], ["time (s)", "peak memory (MB)"], strict=True):
        axis.set_ylabel(label)
    FIGURE.parent.mkdir(parents=True, exist_ok=True)
    grid.savefig(FIGURE.with_suffix(".svg"), metadata={"Date": None})
    grid.savefig(FIGURE.with_suffix(".png"), dpi=150)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--memory-gb", type=float, default=6, help="largest straightforward run")
    parser.add_argument("--figure", action="store_true", help="draw the figure from the last table")
    arguments = parser.parse_args()
    draw() if arguments.figure else run(arguments.memory_gb)
