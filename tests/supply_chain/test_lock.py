"""The lock, what is installed, and what is asked for."""

import tomllib
from importlib.metadata import version
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from supply_chain.freshness import differences
from supply_chain.lock import ROOT, plain, read_lock


def test_the_lock_has_all_that_the_project_asks_for_and_is_what_is_installed() -> None:
    locked = {plain(name): Version(pin) for name, pin in read_lock().items()}
    of_remotes = {plain(name): Version(pin) for name, pin in read_lock(ROOT / "requirements-s3.lock").items()}
    assert not locked.keys() & of_remotes.keys()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for requirement in map(Requirement, chain(project["dependencies"], *project["optional-dependencies"].values())):
        assert requirement.specifier.contains((locked | of_remotes)[plain(requirement.name)]), requirement
    # A build of PyTorch for CPUs says so behind a +.
    installed = {name: version(name).partition("+")[0] for name in locked}
    assert {name: str(pin) for name, pin in locked.items()} == installed


def test_a_line_that_pins_no_version_is_refused(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.lock"
    for line in ("torch", "torch>=2", "torch==2.13.0 --hash=x", "torch @ https://example.org/torch.whl", "-e ."):
        lock.write_text(f"numpy==2.4.6\n{line}\n")
        with pytest.raises(ValueError, match="expected NAME==VERSION"):
            read_lock(lock)


def test_differences_are_what_is_older_newer_missing_or_needed_no_more() -> None:
    locked = {"numpy": "2.4.6", "GitPython": "3.1", "old_one": "1.0", "celery": "5.7"}
    today = {"numpy": "2.4.6", "gitpython": "3.1.0", "new-one": "2.0", "celery": "5.6.3"}
    assert differences(locked, today) == [("celery", "5.7", "5.6.3"), ("new-one", "-", "2.0"), ("old-one", "1.0", "-")]
