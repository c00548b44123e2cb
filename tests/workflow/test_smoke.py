"""The real pipeline, on the smoke preset, by each engine in a clone of its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hapvr.params import load

REPOSITORY = Path(__file__).parents[2]
MINUTES = 60

pytestmark = pytest.mark.pipeline


def run(folder: Path, *command: str, timeout: int = 10 * MINUTES) -> str:
    """Runs a command of this environment in a clone; its whole output, or a failed test."""
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": tools, "PYTHONPATH": str(folder), "DVC_NO_ANALYTICS": "1"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=timeout)
    assert done.returncode == 0, f"{command} failed:\n{(done.stdout + done.stderr)[-4000:]}"
    return done.stdout + done.stderr


@pytest.fixture(params=["dvc", "snakemake"])
def clone(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Path]:
    """What is committed or about to be, with the smoke preset in place and no result."""
    folder = tmp_path / "clone"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        if not name.startswith("reports/") and name != "dvc.lock" and (REPOSITORY / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, folder / name)
    run(folder, "git", "init", "-q")
    run(folder, "hapvr", "preset", "smoke")
    return request.param, folder


def test_one_engine_makes_everything_and_leaves_nothing_to_the_other(clone: tuple[str, Path]) -> None:
    engine, folder = clone
    commands = {"dvc": ["dvc", "repro"], "snakemake": ["snakemake", "--cores", "2"]}
    run(folder, *commands.pop(engine))
    params = load(folder / "params.yaml")
    for benchmark in params.benchmarks:
        for name in params.runs:
            assert (folder / "reports" / "metrics" / benchmark / f"{name}.json").stat().st_size > 0
    page = (folder / "reports" / "index.html").read_text(encoding="utf-8")
    assert "HAP-VR" in page
    assert page.count("<img") + page.count("<svg") >= 5
    assert "up to date" in run(folder, "dvc", "status")
    (other,) = commands.values()
    output = run(folder, *other)
    assert "Running stage" not in output
    assert "Nothing to be done" in output or "up to date" in output
