"""The estimate of `hapvr train --dry-run` against what a training takes."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hapvr.project import Project
from hapvr.training.memory import step_bytes, weight_bytes
from hapvr.training.options import Train
from tests.training.conftest import DIMS, views_of

ROOT = Path(__file__).parents[2]
# A small training first, for what libraries take once; then the growth of the process's peak.
MEASURE = """
import sys
from pathlib import Path
from hapvr.project import Project
from hapvr.stages.train import train

def peak():
    # Not getrusage: its peak begins with that of the process that started this one.
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))

small, large = (Project(Path(folder)) for folder in sys.argv[1:])
train(small, "hapvr", 0)
before = peak()
train(large, "hapvr", 0)
print(peak() - before)
"""


def make(folder: Path, params: str) -> Project:
    from hapvr.storage.views import write_views

    folder.mkdir()
    (folder / "params.yaml").write_text(params, encoding="utf-8")
    project = Project(folder)
    sources = [f"video{number}" for number in range(40)]
    for shard in project.params.shards:
        write_views(project.views_file(shard), views_of(sources[shard::2], mixed={}, frames=24))
    return project


def test_the_estimate_is_within_a_factor_of_two_of_the_measured_peak(
    make_project: Callable[..., Project], tmp_path: Path
) -> None:
    texts = [
        (make_project(steps=1, pairs=pairs, window=window, validation_share=0).root / "params.yaml").read_text()
        for pairs, window in ((2, 8), (28, 24))
    ]
    small, large = (make(tmp_path / name, text) for name, text in zip(("small", "large"), texts, strict=True))
    command = [sys.executable, "-c", MEASURE, str(small.root), str(large.root)]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "MALLOC_TRIM_THRESHOLD_": "0"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    params = large.params
    method, losses = params.method_of("hapvr"), params.losses_of("hapvr")
    estimate = step_bytes(method, losses, params.train, DIMS) + weight_bytes(method, DIMS)
    assert int(done.stdout) / 2 < estimate < int(done.stdout) * 2


def test_memory_grows_with_the_square_of_views_and_of_frames(
    train_params: Callable[..., Train], make_project: Callable[..., Project]
) -> None:
    params = make_project().params
    method, losses = params.method_of("hapvr"), params.losses_of("hapvr")
    sizes = [
        step_bytes(method, losses, train_params(pairs=pairs, window=window), DIMS)
        for pairs, window in ((8, 8), (16, 8), (8, 16))
    ]
    assert sizes[1] / sizes[0] == pytest.approx(4, rel=0.1)
    assert sizes[2] / sizes[0] == pytest.approx(4, rel=0.1)


def test_weights_count_four_times(make_project: Callable[..., Project]) -> None:
    # Attention 16 × 16 + 16 + 16; convolutions 32 · 9 + 32, 64 · 32 · 9 + 64, 128 · 64 · 9 + 128, 128 + 1.
    parameters = 288 + 320 + 18_496 + 73_856 + 129
    assert weight_bytes(make_project().params.method_of("hapvr"), 16) == 4 * 4 * parameters
