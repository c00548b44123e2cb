"""The real pipeline on the smoke preset, killed again and again: `make faults`."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from hapvr.verify.outputs import compare_outputs
from tests.interrupts import hear_interrupts
from tests.workflow.clone import clone_project, run_in

pytestmark = pytest.mark.faults
COMMANDS = {"dvc": ["dvc", "repro"], "snakemake": ["snakemake", "--cores", "2"]}
KILLS = 4


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, float]:
    """A clone after one run of Snakemake, and how many seconds that took."""
    folder = tmp_path_factory.mktemp("undisturbed") / "clone"
    make_clone(folder)
    began = time.monotonic()
    run_in(folder, *COMMANDS["snakemake"], timeout=3600)
    return folder, time.monotonic() - began


def make_clone(folder: Path) -> None:
    clone_project(folder)
    run_in(folder, "hapvr", "preset", "smoke")


def start_and_kill(folder: Path, engine: str, *, after_s: float, stages_too: bool) -> None:
    """SIGKILL of the engine, or of all its processes. What it leaves behind goes on, beside the next run."""
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    variables = {"PATH": tools, "PYTHONPATH": str(folder), "DVC_NO_ANALYTICS": "1"}
    process = subprocess.Popen(
        COMMANDS[engine],
        cwd=folder,
        env=os.environ | variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        process_group=0,
        preexec_fn=hear_interrupts,
    )
    try:
        process.wait(timeout=after_s)
    except subprocess.TimeoutExpired:
        if stages_too:
            for child in psutil.Process(process.pid).children(recursive=True):
                child.kill()
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()


@pytest.mark.parametrize("seed", range(8))
def test_killed_again_and_again_it_ends_in_the_same_bytes(
    undisturbed: tuple[Path, float], tmp_path: Path, seed: int
) -> None:
    expected, takes_s = undisturbed
    chance, folder = random.Random(seed), tmp_path / "clone"
    make_clone(folder)
    for _ in range(KILLS):
        engine, after_s = chance.choice(list(COMMANDS)), chance.uniform(0.1, 0.6) * takes_s
        start_and_kill(folder, engine, after_s=after_s, stages_too=chance.random() < 0.5)
    run_in(folder, *COMMANDS[chance.choice(list(COMMANDS))], timeout=3600)
    assert compare_outputs(expected, folder).differences == {}
    assert "up to date" in run_in(folder, "dvc", "status")
