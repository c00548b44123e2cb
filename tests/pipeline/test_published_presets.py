"""The DAG of the presets with published datasets, in a project where nothing was made yet."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from dvc.repo import Repo

from hapvr.params.preset import put_in_place
from hapvr.pipeline.plan import refresh
from hapvr.pipeline.steps import Step, read_steps

ROOT = Path(__file__).parents[2]
FIRST_LOOK = "evaluate@s2vs_published-evve"


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, dict[str, Step]]]:
    """Preset → a project at it, and its steps."""

    def make(name: str) -> tuple[Path, dict[str, Step]]:
        root = tmp_path_factory.mktemp(name)
        shutil.copytree(ROOT / "presets", root / "presets")
        shutil.copytree(ROOT / "hapvr" / "reports" / "paper", root / "hapvr" / "reports" / "paper")
        shutil.copy(ROOT / "dvc.yaml", root)
        put_in_place(root, name, dry_run=False)
        refresh(root)
        with Repo.init(str(root), no_scm=True) as repo:
            return root, {step.stage: step for step in read_steps(repo)}

    return make


def upstream(steps: dict[str, Step], stage: str) -> set[str]:
    """All stages before one, itself included."""
    found, waiting = set(), [stage]
    while waiting:
        if (name := waiting.pop()) not in found:
            found.add(name)
            waiting += steps[name].upstream
    return found


def test_the_paper_is_whole_and_below_700_stages(planned: Callable[[str], tuple[Path, dict[str, Step]]]) -> None:
    _, steps = planned("paper")
    assert len(steps) < 700
    # Nothing has to be put in place by hand but what no stage can get.
    made = {path for step in steps.values() for path in step.outputs}
    sources = {path for step in steps.values() for path in step.sources}
    assert sources == {
        "hapvr/reports/paper", "hapvr/reports/template", "hapvr/reports/notebook_page", "reports/hapvr.ipynb",
    }  # fmt: skip
    weights = {
        "weights/s2vs_vcdb.safetensors",
        "weights/whitening.safetensors",
        "models/backbones/resnet50.safetensors",
    }
    assert weights <= made
    assert "weights@resnet50" in steps["features@evve-0"].upstream
    assert {"weights@resnet50", "weights@dino_vits16"} <= steps["train@hapvr-0"].upstream
    student = {stage.partition("@")[2] for stage in steps["train@dns_att-0"].upstream}
    assert {"dns_100k-15", "dns_100k", "visil-0"} <= student
    assert not {"vcdb-15", "vcdb"} & student
    # There where the run has none too, so that one that comes or goes is noticed.
    own = [steps[f"train@{run}-0"].params[f"own_train.{run}"] for run in ("s2vs_own", "s2vs")]
    assert own == [{"window": 32, "learning_rate": 0.00005}, {}]
    for stage, gpus in (("features@evve-0", 1), ("train@hapvr-0", 2), ("score@hapvr-evve", 1)):
        assert steps[stage].resources["gpu"] == gpus
        assert int(steps[stage].resources["mem_mb"]) > 16_000
    assert steps["evaluate@hapvr-evve"].resources == {"mem_mb": 16_000, "runtime": 480}


def test_published_features_need_no_video_no_backbone_and_no_training_set(
    planned: Callable[[str], tuple[Path, dict[str, Step]]],
) -> None:
    root, steps = planned("published")
    stages = {name.partition("@")[0] for name in steps}
    assert not stages & {"frames", "whiten", "views", "train"}
    assert {name for name in steps if name.startswith("weights@")} == {"weights@s2vs_vcdb"}
    step = steps["features@evve-3"]
    assert step.outputs == ["data/evve/features/3.h5", "data/evve/features/3.failures.csv"]
    assert sorted(step.made) == ["data/evve/dataset.json", "data/evve/features.json"]
    assert step.params.keys() == {"whiten.dims", "shards", "frames.fps", "frames.limits", "code.features.evve"}
    assert "data/evve/features/3.failures.csv" in steps[FIRST_LOOK].made
    assert upstream(steps, FIRST_LOOK) == {
        FIRST_LOOK, "score@s2vs_published-evve", "adopt@s2vs_published", "weights@s2vs_vcdb", "fetch@evve",
        "availability@evve", *(f"features@evve-{shard}" for shard in range(16)),
    }  # fmt: skip
    # DVC shows all of it although nothing is there yet.
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DVC_NO_ANALYTICS": "1"}
    command = [sys.executable, "-m", "hapvr.pipeline.dvc", "repro", "--dry", FIRST_LOOK]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Running stage") == len(upstream(steps, FIRST_LOOK))
    assert "> hapvr score s2vs_published evve" in done.stdout
