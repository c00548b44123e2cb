"""The synthetic pipeline of the benchmark of the engines."""

from pathlib import Path

from dvc.repo import Repo

from hapvr.pipeline.steps import read_steps
from workflow import make_project


def test_the_pipeline_has_the_stages_that_were_asked_for_and_the_shape_of_the_real_one(tmp_path: Path) -> None:
    assert make_project(tmp_path, 120) == 120
    with Repo(str(tmp_path)) as repo:
        steps = {step.stage: step for step in read_steps(repo)}
    assert len(steps) == 120
    assert {f"train@run0-{seed}" for seed in range(3)} <= steps["score@run0-b0"].upstream
    assert "evaluate@run0-b0" in steps["tables@t0"].upstream
