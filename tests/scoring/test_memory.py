"""Peak memory of scoring, each in a process of its own."""

import multiprocessing
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from hapvr.methods.model import build
from hapvr.similarity import score

METHOD = {"name": "similarity_network", "region_top_rate": 0.1, "frame_top_rate": 0.03, "minimum_frames": 8}
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


class Made:
    """Videos of given lengths, made when they are asked for, with the temporary copies that reading has."""

    def __init__(self, lengths: list[int]) -> None:
        self.lengths = lengths

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, position: int) -> np.ndarray:
        if position >= len(self):
            raise IndexError(position)
        return np.full((self.lengths[position], 9, 512), 0.03, np.float16).astype(np.float32)


def growth_gb(queries: list[int], database: list[int], memory_gb: float) -> float:
    """Growth of this process's peak memory by one scoring, GiB."""
    torch.set_num_threads(1)
    network = build(METHOD, 512).eval().requires_grad_(False)
    Path("/proc/self/clear_refs").write_text("5")
    before = status_kb("VmRSS")
    score(network, Made(queries), Made(database), device="cpu", memory_gb=memory_gb)
    return (status_kb("VmHWM") - before) / 2**20


def status_kb(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def in_own_process(*arguments: object) -> float:
    with multiprocessing.get_context("spawn").Pool(1) as process:
        return process.apply(growth_gb, arguments)


@pytest.mark.parametrize(
    ("queries", "database", "memory_gb"),
    [
        ([30, 8], [10] * 300, 0.25),
        ([30, 8], [10] * 60 + [600] * 3, 0.25),
        ([30], [10] * 60 + [3000] * 2, 0.5),
        ([900], [40] * 6, 0.5),
    ],
)
def test_peak_stays_within_the_bound(queries: list[int], database: list[int], memory_gb: float) -> None:
    assert in_own_process(queries, database, memory_gb) <= memory_gb


def test_peak_does_not_grow_with_the_database() -> None:
    small, large = (in_own_process([8], [8] * videos, 0.25) for videos in (400, 2000))
    assert large < 1.25 * small
