import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from hapvr import threads
from hapvr.threads import free_cores, never_more_threads_than_cores, usable_cores, wait_passively

ROOT = Path(__file__).parents[1]


def test_threads_of_a_stage_sleep_while_they_wait(tmp_path: Path) -> None:
    """OpenMP itself says by what settings it was loaded, in a stage as the engines start it."""
    (tmp_path / "params.yaml").write_text((ROOT / "presets" / "mini.yaml").read_text())
    (tmp_path / "dvc.yaml").touch()
    environment = {name: value for name, value in os.environ.items() if name not in threads.PASSIVE}
    done = subprocess.run(
        [sys.executable, "-m", "hapvr", "score", "visil_f", "mini_fivr"],
        cwd=tmp_path, env={**environment, "OMP_DISPLAY_ENV": "VERBOSE", "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True,
    )  # fmt: skip
    assert "make it with `dvc repro freeze@visil_f`" in done.stderr
    assert "OMP_WAIT_POLICY = 'PASSIVE'" in done.stderr
    assert "GOMP_SPINCOUNT = '0'" in done.stderr


def test_what_the_user_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in threads.PASSIVE:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    wait_passively()
    assert os.environ["OMP_WAIT_POLICY"] == "ACTIVE"
    assert os.environ["KMP_BLOCKTIME"] == "0"


@pytest.mark.parametrize(("running", "free"), [(1, 4), (3, 2), (9, 1)])
def test_cores_at_work_for_others_are_not_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, running: int, free: int
) -> None:
    stat = tmp_path / "stat"
    stat.write_text(f"cpu 1 2 3\nprocs_running {running}\nprocs_blocked 0\n")
    monkeypatch.setattr(threads, "RUNNING", stat)
    monkeypatch.setattr(threads, "QUOTA", tmp_path / "none")
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(4)))
    assert free_cores() == free


@pytest.mark.parametrize(("quota", "cores"), [("max 100000", 8), ("250000 100000", 3), ("50000 100000", 1)])
def test_quota_bounds_threads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quota: str, cores: int) -> None:
    monkeypatch.setattr(threads, "QUOTA", tmp_path / "cpu.max")
    threads.QUOTA.write_text(f"{quota}\n")
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    assert usable_cores() == cores
    asked: list[int] = []
    torch = SimpleNamespace(set_num_threads=asked.append)
    never_more_threads_than_cores(torch)
    torch.set_num_threads(16)
    torch.set_num_threads(1)
    assert asked == [cores, 1]
