"""The parts of a step are what they are said to be."""

import math
import runpy
import time
from pathlib import Path

import pytest
import torch

from tests.training.sampled import sampled_project

BENCHMARK = runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "training.py"))


def test_time_inside_another_part_counts_for_the_inner_one_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    watch = BENCHMARK["Stopwatch"](torch.device("cpu"))
    clock = iter([0.0, 1.0, 3.0, 7.0])
    with monkeypatch.context() as patch:
        patch.setattr(time, "perf_counter", lambda: next(clock))
        with watch.part("augmentation"):
            watch.timed("data", int)()
    assert (watch.seconds["augmentation"], watch.seconds["data"]) == (5.0, 2.0)


def test_every_part_of_a_step_from_frames_takes_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    train = {"pairs": 2, "window": 8, "threads": 1}
    sampled_project(tmp_path, {f"video{number}": 6 for number in range(4)}, views={}, train=train)
    (tmp_path / "dvc.yaml").touch()
    monkeypatch.chdir(tmp_path)
    row = BENCHMARK["mini_case"]("frames", 1)
    assert all(float(row[f"{part}_s"]) > 0 for part in BENCHMARK["PARTS"])
    assert float(row["steps_per_s"]) == pytest.approx(1 / float(row["step_s"]), rel=1e-3)
    assert 0 <= float(row["waited"]) < 1
    # The backbone has to wait for the first frames at least.
    assert 0 < float(row["backbone_idle"]) < 1


def test_the_batch_of_the_paper_trains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sampled_project(tmp_path, {"a": 5}, views={}, train={})
    (tmp_path / "dvc.yaml").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(BENCHMARK["PAPER"], "steps", 1)
    row = BENCHMARK["paper_case"]("float32", 2)
    assert (row["pairs"], row["window"], row["source"]) == (2, 28, "random")
    assert float(row["step_s"]) > 0
    assert math.isnan(float(row["data_s"]))
