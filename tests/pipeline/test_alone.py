"""Who is alone in a working tree, and for how long."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hapvr.pipeline.alone import BusyError, begin_run, begin_stage

ROOT = Path(__file__).parents[2]
HOLD = """import sys
from pathlib import Path
from hapvr.pipeline.alone import {function}
{function}(Path(sys.argv[1]){more})
print("has it", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def somebody(tmp_path: Path) -> Iterator[Callable[[str, str], subprocess.Popen[str]]]:
    """Starts another process that holds something until its input ends."""
    (tmp_path / ".dvc").mkdir()
    started = []

    def start(function: str, more: str = "") -> subprocess.Popen[str]:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        code = HOLD.format(function=function, more=more)
        started.append(subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, text=True, **pipes))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        with process:
            pass


def test_a_second_run_is_told_who_is_at_work_and_a_killed_one_is_in_nobodys_way(somebody, tmp_path: Path) -> None:
    first = somebody("begin_run")
    assert first.stdout.readline() == "has it\n"
    with pytest.raises(BusyError, match=rf"process {first.pid} \(.*\) is at work in this working tree; wait for it"):
        begin_run(tmp_path)
    first.kill()
    first.wait()
    begin_run(tmp_path)


def test_a_stage_waits_for_a_process_that_makes_the_same_and_for_no_other(somebody, tmp_path: Path) -> None:
    left_behind = somebody("begin_stage", ", 'train-hapvr-0'")
    assert left_behind.stdout.readline() == "has it\n"
    begin_stage(tmp_path, "train-hapvr-1")
    again = somebody("begin_stage", ", 'train-hapvr-0'")
    assert f"waits for process {left_behind.pid}" in again.stderr.readline()
    assert again.poll() is None
    left_behind.stdin.close()
    assert again.stdout.readline() == "has it\n"


def test_a_folder_without_dvc_is_left_alone(tmp_path: Path) -> None:
    begin_run(tmp_path)
    begin_stage(tmp_path, "train-hapvr-0")
    assert not list(tmp_path.iterdir())
