"""What benchmarks share: a process of its own for each measurement, its peak of memory, and the table."""

import csv
import multiprocessing
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from hapvr.storage.files import whole

T = TypeVar("T")


def alone(function: Callable[..., T], *arguments: Any) -> T:
    """What the function gives in a fresh process, whose memory holds nothing of earlier measurements."""
    with multiprocessing.get_context("spawn").Pool(1) as process:
        return process.apply(function, arguments)


def forget_peak() -> None:
    """Linux: VmHWM, the peak of this process's memory, starts anew."""
    Path("/proc/self/clear_refs").write_text("5")


def memory_bytes(name: str) -> int:
    """A figure of this process's memory: VmRSS, what it holds now, or VmHWM, its peak."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def write_table(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """A CSV file with a column per key of any row."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole(path) as temporary, temporary.open("w", newline="") as file:
        table = csv.DictWriter(file, fieldnames=list(dict.fromkeys(key for row in rows for key in row)))
        table.writeheader()
        table.writerows(rows)
