"""The stage `train` with `train.processes: 2`, joined by gloo on the CPU."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch

import hapvr.stages.train
from hapvr.project import Project
from hapvr.stages.train import train
from hapvr.storage.views import read_views, write_views
from hapvr.training.launch import start_processes
from tests.interrupts import hear_interrupts

ROOT = Path(__file__).parents[2]
STAGE = ("-m", "hapvr", "train", "hapvr", "--seed", "0")
BY_HAND = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", *STAGE)
MANY = {"steps": 12, "processes": 2, "checkpoint_every": 1, "validation_every": 5}


def start(folder: Path, *arguments: str, before: Path = ROOT) -> subprocess.Popen[str]:
    """before: where Python looks for modules, first of all."""
    environment = os.environ | {"PYTHONPATH": f"{before}:{ROOT}", "OMP_NUM_THREADS": "1"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    command = [sys.executable, *arguments]
    return subprocess.Popen(command, cwd=folder, env=environment, text=True, preexec_fn=hear_interrupts, **pipes)


def finish(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Exit status and what was said."""
    said = process.communicate(timeout=120)[1]
    return process.returncode, said


def content(project: Project) -> dict[str, bytes]:
    folder = project.model_folder("hapvr", "0")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def wait_for(condition: Callable[[], bool], stage: subprocess.Popen[str]) -> None:
    """Until the condition holds, while the stage runs."""
    for _ in range(12_000):
        if condition():
            return
        assert stage.poll() is None, finish(stage)
        time.sleep(0.01)
    stage.kill()
    raise TimeoutError(finish(stage)[1])


@pytest.fixture
def waiting(tmp_path: Path, project_in: Callable[..., Project]) -> Iterator[subprocess.Popen[str]]:
    """A stage both of whose processes have started and wait."""
    project_in(tmp_path, processes=2)
    (tmp_path / "sitecustomize.py").write_text(
        "import os, time\n"
        "if 'RANK' in os.environ:\n"
        "    open('started' + os.environ['RANK'], 'w').close()\n"
        "    time.sleep(60)\n"
    )
    stage = start(tmp_path, *STAGE, before=tmp_path)
    wait_for(lambda: (tmp_path / "started0").exists() and (tmp_path / "started1").exists(), stage)
    yield stage
    stage.kill()


@pytest.fixture(scope="module")
def by_hand(tmp_path_factory: pytest.TempPathFactory, project_in: Callable[..., Project]) -> Project:
    """Trained by torchrun."""
    project = project_in(tmp_path_factory.mktemp("by_hand"), **MANY)
    status, said = finish(start(project.root, *BY_HAND))
    assert status == 0, said[-4000:]
    return project


def test_a_launcher_by_hand_writes_once(by_hand: Project) -> None:
    folder = by_hand.model_folder("hapvr", "0")
    assert json.loads((folder / "config.json").read_text())["processes"] == 2
    with (folder / "live" / "plots" / "metrics" / "total.tsv").open() as file:
        assert [int(row["step"]) for row in csv.DictReader(file, delimiter="\t")] == list(range(1, 13))
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "live", "weights.safetensors"]


def test_the_stage_killed_leaves_no_process_and_ends_in_the_bytes_of_a_launcher_by_hand(
    tmp_path: Path, by_hand: Project, project_in: Callable[..., Project]
) -> None:
    project = project_in(tmp_path, **MANY)
    kept = tmp_path / "data" / ".partial" / "train" / "hapvr" / "0" / "checkpoint.safetensors"
    stage = start(tmp_path, *STAGE)
    wait_for(kept.exists, stage)
    workers = psutil.Process(stage.pid).children(recursive=True)
    assert len(workers) == 2
    stage.kill()
    assert not psutil.wait_procs(workers, timeout=20)[1]
    finish(stage)
    assert not (project.model_folder("hapvr", "0") / "weights.safetensors").exists()
    status, said = finish(start(tmp_path, *STAGE))
    assert status == 0, said[-4000:]
    assert content(project) == content(by_hand)
    assert not kept.exists()


def test_what_a_process_says_as_it_fails_ends_what_the_stage_says(
    tmp_path: Path, project_in: Callable[..., Project]
) -> None:
    project = project_in(tmp_path, processes=2)
    for shard in project.params.shards:
        views = read_views([project.views_file(shard)], memory_gb=1)
        write_views(project.views_file(shard), [replace(view, features=view.features * np.inf) for view in views])
    status, said = finish(start(tmp_path, *STAGE))
    assert status == 1
    # Both fail alike; the first may be faster, and the other one be stopped.
    assert re.fullmatch(
        r"hapvr: hapvr train hapvr --seed 0, 2 processes: process (0|1|0 and 1) failed: NonFiniteLossError: training "
        r"stopped at step 1: .*\. Started again, it goes on at its last checkpoint",
        said.splitlines()[-1],
    )
    assert "Traceback" not in said
    assert not (project.model_folder("hapvr", "0") / "weights.safetensors").exists()


def test_a_process_that_is_killed_ends_the_others_and_the_stage(waiting: subprocess.Popen[str], tmp_path: Path) -> None:
    workers = psutil.Process(waiting.pid).children(recursive=True)
    next(worker for worker in workers if worker.environ()["RANK"] == "1").kill()
    status, said = finish(waiting)
    assert status == 1
    assert said.splitlines()[-1] == (
        "hapvr: hapvr train hapvr --seed 0, 2 processes: process 1 was killed by SIGKILL. Started again, it goes on at "
        "its last checkpoint"
    )
    assert not any(worker.is_running() for worker in workers)
    assert not (tmp_path / "models").exists()


def test_an_interrupt_of_the_stage_ends_its_processes(waiting: subprocess.Popen[str]) -> None:
    workers = psutil.Process(waiting.pid).children(recursive=True)
    assert len(workers) == 2
    waiting.send_signal(signal.SIGINT)
    status, said = finish(waiting)
    assert (status, said.splitlines()[-1]) == (1, "Aborted!")
    assert not any(worker.is_running() for worker in workers)


@pytest.mark.parametrize(("run", "processes", "found", "expected"), [("hapvr", 2, 3, 2), ("lamv", 2, 2, 1)])
def test_another_number_of_processes_by_hand_is_refused(
    run: str,
    processes: int,
    found: int,
    expected: int,
    make_project: Callable[..., Project],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", str(found))
    with pytest.raises(
        ValueError,
        match=f"train {run}: a launcher started {found} processes, but train.processes of params.yaml makes it "
        f"{expected}, .*`hapvr train {run} --seed 0` alone",
    ):
        train(make_project(processes=processes), run, 0)


def test_a_method_that_fits_itself_starts_no_processes(
    make_project: Callable[..., Project], monkeypatch: pytest.MonkeyPatch
) -> None:
    fitted = []
    monkeypatch.setattr(hapvr.stages.train, "_fit_itself", lambda project, run, seed: fitted.append((run, seed)))
    train(make_project(processes=2), "lamv", 1)
    assert fitted == [("lamv", 1)]


def test_more_processes_than_gpus_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(ValueError, match=r"train\.processes: 2, each on a GPU of its own, found 1; lower it"):
        start_processes(["train", "hapvr", "--seed", "0"], 2, folder=tmp_path)
