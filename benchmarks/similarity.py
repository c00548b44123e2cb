"""Scoring speed beside a loop over pairs in the same run, and the share of this machine's matrix-product rate.

    python benchmarks/similarity.py             # tables on the screen and reports/benchmarks/similarity.csv
    python benchmarks/similarity.py --quick     # fewer pairs, nothing written
    python benchmarks/similarity.py --figure    # reports/benchmarks/similarity.{svg,png} from that file
    python benchmarks/similarity.py --million   # a million pairs from HDF5; for a GPU: hours on a CPU

Random unit features of 512 dimensions, HAP-VR's network with the published rates. Loops and `score` take turns, the
best of several rounds counts; `times_loop` compares with the loop that takes the best by topk, as the published code
does. The loops get indexed videos, `score` indexes them itself. The share counts the region products alone, 2 · (9 T)
· (9 T') · D operations a pair, against the fastest square product of the same dtype, by PyTorch's mm or by `score`'s
own, measured in the same rounds. Memory is the growth of a fresh process's peak over what it held before. --million
writes a database of 10,000 videos of FIVR's lengths (9 GB of float16) to a temporary folder, scores 100 queries
against it, reading included, and projects FIVR-200K's 22.6 million pairs from that.
"""

import argparse
import platform
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from measured import alone, forget_peak, memory_bytes, write_table
from torch import Tensor

from hapvr.device import fastest_device
from hapvr.scoring.number_format import NUMBER_FORMATS, choose_number_format, matrix_rate
from hapvr.scoring.reading import Subset
from hapvr.similarity import SimilarityNetwork, score
from hapvr.storage.features import FeatureStore, write_features

CSV = Path("reports/benchmarks/similarity.csv")
FIGURE = Path("reports/benchmarks/similarity")
DIMS, REGIONS = 512, 9
RATES = {"region_top_rate": 0.1, "frame_top_rate": 0.03}
MEMORY_GB, BOUND_GB = 2.0, 0.25
ROUNDS = 3
LOOP = "by topk"  # what `times_loop` compares with
FRAMES = [16, 64, 256, 1024, 4096]
DATABASES = [64, 256, 1024, 4096]
FIVR_PAIRS = 100 * 225_960
Row = dict[str, str | int | float]


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
        video /= np.linalg.norm(video, axis=-1, keepdims=True)
        return video

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self[position] for position in range(len(self)))


def network() -> SimilarityNetwork:
    torch.manual_seed(0)
    return SimilarityNetwork(DIMS, **RATES).eval().requires_grad_(False).to(fastest_device())


def mixed(videos: int, seed: int) -> list[int]:
    """Lengths as in FIVR-200K: log-normal, mean about 100 s, between 4 and 600 s."""
    return np.random.default_rng(seed).lognormal(4.3, 0.8, videos).clip(4, 600).astype(int).tolist()


def operations(queries: list[int], database: list[int]) -> float:
    """Floating-point operations of the region products of all pairs."""
    return 2 * DIMS * REGIONS**2 * float(sum(queries)) * float(sum(database))


def seconds(step: Callable[[], object]) -> float:
    start = time.perf_counter()
    step()
    if fastest_device().type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def by_definition(plain: SimilarityNetwork, query: Tensor, target: Tensor) -> Tensor:
    """Similarity of two indexed videos, as the formulas and the published code have it: the best are taken by topk."""

    def best(similarity: Tensor, rate: float) -> Tensor:
        kept = max(round(similarity.shape[-1] * rate), 1)
        return similarity.topk(kept, dim=-1).values.mean(-1)

    frames = best(torch.einsum("trd,usd->turs", query, target), plain.region_top_rate).mean(-1)
    return best(plain.compare_frames(frames.unsqueeze(0))[0].clamp(-1, 1), plain.frame_top_rate).mean()


@torch.inference_mode()
def speed(case: str, queries: list[int], database: list[int]) -> Iterator[Row]:
    """Loop over a part of the pairs and `score` on all of them, by turns. Features are made before."""
    # The loop has a network of its own: `score` rearranges the weights of the one it gets.
    method, plain, device = network(), network(), fastest_device()
    videos = [list(Made(queries, 0)), list(Made(database, 1))]
    part = queries[:8], database[:24]
    own = [
        [method.index(torch.from_numpy(video).to(device)) for video in side[: len(lengths)]]
        for side, lengths in zip(videos, part, strict=True)
    ]

    def loop(similarity: Callable[[Tensor, Tensor], Tensor]) -> None:
        for query in own[0]:
            for target in own[1]:
                similarity(query, target).item()

    loops = {LOOP: lambda query, target: by_definition(plain, query, target), "hapvr's similarity()": plain.similarity}
    best = dict.fromkeys([*loops, "float32", "bfloat16"], float("inf"))
    rate = {name: 0.0 for name in ("float32", "bfloat16")}
    for _ in range(ROUNDS):
        for name, similarity in loops.items():
            best[name] = min(best[name], seconds(lambda: loop(similarity)) / operations(*part))  # noqa: B023
        for dtype in rate:
            options = {"device": device, "memory_gb": MEMORY_GB, "dtype": NUMBER_FORMATS[dtype]}
            taken = seconds(lambda: score(method, *videos, **options))  # noqa: B023
            best[dtype] = min(best[dtype], taken / operations(queries, database))
            rate[dtype] = max(rate[dtype], matrix_rate(dtype, device))
    a_pair = operations(queries, database) / (len(queries) * len(database))
    for name, per_operation in best.items():
        yield {
            "case": case,
            "implementation": f"score, {name}" if name in rate else f"one pair at a time, {name}",
            "pairs_per_s": round(1 / (per_operation * a_pair), 1),
            "times_loop": round(best[LOOP] / per_operation, 2),
            "share_of_matrix_rate": round(1 / per_operation / rate.get(name, rate["float32"]), 3),
            "matrix_gflop_per_s": round(rate.get(name, rate["float32"]) / 1e9),
        }


def length_cost(frames: int) -> Row:
    """Seven queries of 70 frames against videos of `frames` frames, 4,096 frames of them at least."""
    method, device = network(), fastest_device()
    videos = list(Made([70] * 7, 0)), list(Made([frames] * max(4096 // frames, 1), 1))
    taken = min(seconds(lambda: score(method, *videos, device=device, memory_gb=MEMORY_GB)) for _ in range(ROUNDS))
    pairs = len(videos[0]) * len(videos[1])
    return {
        "case": "video length",
        "implementation": "score, float32",
        "frames": frames,
        "pairs_per_s": round(pairs / taken, 2),
        "ns_per_frame_pair": round(taken * 1e9 / (pairs * 70 * frames), 1),
    }


def memory(videos: int) -> Row:
    """Peak of scoring 4 queries against `videos` database videos of 70 frames, above what was held before."""
    method = network()
    forget_peak()
    before = memory_bytes("VmRSS")
    score(method, Made([70] * 4, 0), Made([70] * videos, 1), device=fastest_device(), memory_gb=BOUND_GB)
    peak = (memory_bytes("VmHWM") - before) / 2**20
    return {
        "case": f"memory, {BOUND_GB} GiB allowed",
        "implementation": "score, float32",
        "videos": videos,
        "peak_mib": round(peak),
    }


def million(videos: int) -> Row:
    """100 queries against `videos` videos that are read from HDF5 meanwhile; hours for all of FIVR-200K."""
    device = fastest_device()
    dtype = choose_number_format("auto", device)
    lengths = {"queries": mixed(100, 0), "database": mixed(videos, 1)}
    with tempfile.TemporaryDirectory() as folder:
        sides = []
        for seed, (name, frames) in enumerate(lengths.items()):
            path, names = Path(folder) / f"{name}.h5", [f"{number:06}" for number in range(len(frames))]
            write_features(path, zip(names, Made(frames, seed), strict=True))
            sides.append(Subset(FeatureStore([path]), names))
        taken = seconds(lambda: score(network(), *sides, device=device, memory_gb=16, dtype=NUMBER_FORMATS[dtype]))
    pairs = 100 * videos
    return {
        "case": "100 queries, FIVR's mixed lengths, from HDF5",
        "implementation": f"score, {dtype}",
        "videos": videos,
        "pairs_per_s": round(pairs / taken, 1),
        "hours_for_fivr_200k": round(FIVR_PAIRS / pairs * taken / 3600, 2),
    }


def rows(quick: bool) -> Iterator[Row]:
    size = 16 if quick else 64  # as many as matter: each query and each video is indexed once
    for case, lengths in {"70 × 70 frames": lambda count, _: [70] * count, "FIVR's mixed lengths": mixed}.items():
        yield from speed(case, lengths(size, 0), lengths(size, 1))
    for frames in FRAMES[:2] if quick else FRAMES:
        yield length_cost(frames)
    for videos in DATABASES[:2] if quick else DATABASES:
        yield alone(memory, videos)


def run(quick: bool, path: Path | None) -> None:
    table = []
    where = torch.cuda.get_device_name() if fastest_device().type == "cuda" else f"{platform.machine()} CPU"
    for row in rows(quick):
        table.append({**row, "device": where, "threads": torch.get_num_threads()})
        print("  ".join(f"{key} {value}" for key, value in row.items()), flush=True)
    if path:
        write_table(path, table)


def draw(path: Path) -> None:
    """Speed against the loops, cost against video length, memory against database size."""
    import pandas as pd

    from hapvr.drawing import drawing
    from hapvr.reports.figures.style import COLOURS, GREY, LOOK, new_figure, save_as_svg_and_png

    table = pd.read_csv(path)
    speed = table[table["times_loop"].notna()]
    with drawing(LOOK):
        figure = new_figure(2.8)
        left, middle, right = figure.subplots(1, 3, width_ratios=[1.6, 1, 1])
        cases = list(dict.fromkeys(speed["case"]))
        for number, (name, rows) in enumerate(speed.groupby("implementation", sort=False)):
            places = [cases.index(case) + 0.2 * (number - 1.5) for case in rows["case"]]
            left.bar(places, rows["pairs_per_s"], 0.2, color=COLOURS[number], label=name)
        left.set(xticks=range(len(cases)), xticklabels=cases, ylabel="pairs per second")
        figure.legend(*left.get_legend_handles_labels(), loc="outside upper left", ncols=4, fontsize=8)
        for axes, x, y, labels in [
            (middle, "frames", "ns_per_frame_pair", ("frames of the database video", "ns per pair of frames")),
            (right, "videos", "peak_mib", ("videos in the database", "peak memory, MiB")),
        ]:
            part = table[table[y].notna()]
            axes.plot(part[x], part[y], marker="o", color=COLOURS[1])
            axes.set(xscale="log", xlabel=labels[0], ylabel=labels[1], xticks=part[x], xticklabels=part[x].astype(int))
            axes.minorticks_off()
            axes.set_ylim(0, 1.1 * axes.get_ylim()[1])
        right.axhline(BOUND_GB * 1024, color=GREY, linestyle=":")
        right.text(part[x].min(), BOUND_GB * 1024, f"the bound, {BOUND_GB} GiB", va="bottom", fontsize=7, color=GREY)
        right.set_ylim(0, 1.15 * BOUND_GB * 1024)
        FIGURE.parent.mkdir(parents=True, exist_ok=True)
        save_as_svg_and_png(figure, FIGURE)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer pairs, nothing written unless --csv is given")
    parser.add_argument("--csv", type=Path, metavar="PATH", help=f"where the rows go, {CSV} unless given")
    parser.add_argument("--figure", action="store_true", help="draw the figure from the last table")
    parser.add_argument("--million", action="store_true", help="a million pairs from HDF5 (9 GB); hours on a CPU")
    parser.add_argument("--videos", type=int, default=10_000, help="database videos of --million")
    arguments = parser.parse_args()
    if arguments.figure:
        draw(arguments.csv or CSV)
    elif arguments.million:
        print("  ".join(f"{key} {value}" for key, value in million(arguments.videos).items()))
    else:
        run(arguments.quick, arguments.csv or (None if arguments.quick else CSV))


if __name__ == "__main__":
    main()
