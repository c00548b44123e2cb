"""environment.yml and Dockerfile: what else than `make setup` installs the project."""

import re
import subprocess
import tomllib
from fnmatch import fnmatch

import yaml

from supply_chain.lock import ROOT, plain, read_lock

# With which the project was asked for.
FIXED = {"dvc", "torch", "decord", "snakemake", "pyyaml", "seaborn", "jupyter"}
PYTHON = "3.11"


def test_conda_installs_python_and_then_the_lock() -> None:
    """By the rules of conda's solver for the file; its channel was not reached."""
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert set(environment) == {"name", "channels", "dependencies"}
    *packages, last = environment["dependencies"]
    # pip itself is asked for: conda does not bring it for the last section.
    assert packages == [f"python={PYTHON}", "pip"]
    assert all(re.fullmatch(r"[a-z0-9_.-]+(=[\w.*]+)?", package) for package in packages)
    assert last == {"pip": ["-r requirements.lock"]}
    assert {plain(name) for name in read_lock()} >= FIXED


def test_one_version_of_python_everywhere() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"].startswith(f">={PYTHON},")
    assert f"FROM python:{PYTHON}-" in (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert f"PYTHON ?= python{PYTHON}" in (ROOT / "Makefile").read_text(encoding="utf-8")


def test_the_image_gets_every_file_of_the_repository_and_no_result() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    patterns = [line.removeprefix("**/") for line in ignored if line and not line.startswith("#")]
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for path in listed.splitlines():
        places = [path[: match.start()] for match in re.finditer("/", path)] + [path]
        assert not any(fnmatch(place, pattern) for place in places for pattern in patterns), path
    assert {"data", "models", "scores", "logs", ".venv"} <= set(patterns)
