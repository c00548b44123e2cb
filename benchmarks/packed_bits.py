"""Binary codes compared as packed bits, beside products of the unpacked codes in the same run.

    python benchmarks/packed_bits.py [--quick] [--threads N] [--csv PATH]

A strip of 512 query frames against one database video, 9 regions a frame, as scoring does it on a CPU. Baseline: both
sides unpacked to ±1 in float32, their products in tiles, the best region, the mean. The ways take turns, the best of
several rounds counts; that all give the same bytes is checked. `times_unpacked` is the baseline's time over that of the
way. `unpacked before` has codes that lie unpacked, in 32 times the memory.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from measured import write_table

from hapvr.similarity.packed_bits import best_products, unpack
from hapvr.similarity.region_similarity import frame_similarity

REGIONS, STRIP = 9, 512
BITS = [64, 128, 256, 512]
FRAMES = [70, 512]
ROUNDS = 9
BASELINE = "unpacked"
Row = dict[str, str | int | float]


def compare(bits: int, frames: int, *, rounds: int, strip: int = STRIP) -> Iterator[Row]:
    """A row per way. Raises ValueError if two of them differ."""
    random = torch.Generator().manual_seed(0)
    query, target = (
        torch.randint(0, 256, (REGIONS, length, bits // 8), dtype=torch.uint8, generator=random)
        for length in (strip, frames)
    )
    codes = unpack(query, torch.float32), unpack(target, torch.float32)
    ways: dict[str, Callable[[], torch.Tensor]] = {
        BASELINE: lambda: frame_similarity(unpack(query, torch.float32), unpack(target, torch.float32), 0),
        "unpacked before": lambda: frame_similarity(*codes, 0),
        "packed": lambda: best_products(query, target),
    }
    expected = ways[BASELINE]()
    best = dict.fromkeys(ways, float("inf"))
    for _ in range(rounds):
        for name, way in ways.items():
            start = time.perf_counter()
            found = way()
            best[name] = min(best[name], time.perf_counter() - start)
            if not torch.equal(found, expected):
                raise ValueError(f"{name}: not what {BASELINE} gives, {bits} bits, {frames} frames")
    for name, taken in best.items():
        yield {
            "bits": bits,
            "frames": frames,
            "way": name,
            "ms": round(1e3 * taken, 2),
            "times_unpacked": round(best[BASELINE] / taken, 2),
            "bytes_per_minute": 60 * REGIONS * bits // 8 * (32 if name == "unpacked before" else 1),
        }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="128 bits alone, fewer rounds")
    parser.add_argument("--threads", type=int, default=1, help="of all ways")
    parser.add_argument("--csv", type=Path, metavar="PATH", help="where the rows go besides the screen")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    table = []
    for bits in [128] if arguments.quick else BITS:
        for frames in FRAMES:
            for row in compare(bits, frames, rounds=3 if arguments.quick else ROUNDS):
                table.append(row | {"threads": arguments.threads})
                print("  ".join(f"{key} {value}" for key, value in table[-1].items()), flush=True)
    if arguments.csv:
        write_table(arguments.csv, table)


if __name__ == "__main__":
    main()
