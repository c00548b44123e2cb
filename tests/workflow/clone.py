"""A copy of the project in a folder of its own, and commands run in it as a user would."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
MINUTES = 60


def clone_project(folder: Path) -> None:
    """What is committed or about to be, without results, as a new repository."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        made = name.startswith("reports/") and name != "reports/hapvr.ipynb"
        if not made and name != "dvc.lock" and (REPOSITORY / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(REPOSITORY / name, folder / name)
    run_in(folder, "git", "init", "-q")


def run_in(
    folder: Path, *command: str, modules: Iterable[Path] = (), timeout: float = 10 * MINUTES, **variables: str
) -> str:
    """Runs a command of this environment in a copy; its whole output, or a failed test.

    modules: folders that its Python finds modules in, after the copy itself. variables: of its environment.
    """
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    path = os.pathsep.join(map(str, [folder, *modules]))
    environment = {**os.environ, "PATH": tools, "PYTHONPATH": path, "DVC_NO_ANALYTICS": "1", **variables}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=timeout)
    assert done.returncode == 0, f"{command} failed:\n{(done.stdout + done.stderr)[-4000:]}"
    return done.stdout + done.stderr
