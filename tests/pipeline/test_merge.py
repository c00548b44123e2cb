"""Which stages of two branches' dvc.lock are taken together."""

import subprocess
from pathlib import Path

import pytest
import yaml

from hapvr.pipeline.merge import join_locks


@pytest.fixture
def merging(tmp_path: Path) -> Path:
    """A repository in the middle of a merge of two branches that each ran some stages."""

    def git(*arguments: str, fails: bool = False) -> None:
        name = ["-c", "user.name=Nobody", "-c", "user.email=nobody@example.org"]
        done = subprocess.run(["git", *name, *arguments], cwd=tmp_path, capture_output=True)
        assert (done.returncode != 0) == fails, done.stdout + done.stderr

    def commit(stages: dict[str, int]) -> None:
        lock = {"schema": "2.0", "stages": {name: {"outs": [{"md5": value}]} for name, value in stages.items()}}
        (tmp_path / "dvc.lock").write_text(yaml.safe_dump(lock, sort_keys=False))
        git("add", "--all")
        git("commit", "-m", "results")

    git("init", "--initial-branch=main")
    (tmp_path / ".gitattributes").write_text("dvc.lock -merge\n")
    commit({"fetch": 1, "train": 1, "score": 1, "table": 1})
    git("checkout", "-b", "theirs")
    commit({"fetch": 1, "train": 1, "score": 3, "table": 3, "train_b": 3})
    git("checkout", "main")
    commit({"fetch": 1, "train": 2, "score": 1, "table": 2, "train_a": 2})
    git("merge", "theirs", fails=True)
    return tmp_path


def outs(folder: Path) -> dict[str, int]:
    stages = yaml.safe_load((folder / "dvc.lock").read_text())["stages"]
    return {name: entry["outs"][0]["md5"] for name, entry in stages.items()}


def test_what_one_branch_made_is_taken_and_what_both_made_stays(merging: Path) -> None:
    expected = {"fetch": 1, "train": 2, "score": 3, "table": 2, "train_a": 2, "train_b": 3}
    assert join_locks(merging) == ["score", "train_b"]
    assert outs(merging) == expected
    assert join_locks(merging) == []
    subprocess.run(["git", "add", "dvc.lock"], cwd=merging, check=True)
    assert join_locks(merging) == []
    assert outs(merging) == expected


def test_conflict_markers_of_a_clone_without_attributes_are_no_obstacle(merging: Path) -> None:
    (merging / "dvc.lock").write_text("<<<<<<< HEAD\nstages: {\n=======\n")
    assert join_locks(merging) == ["score", "train_b"]
    assert outs(merging)["train_a"] == 2


def test_without_a_merge_or_without_git_nothing_is_touched(tmp_path: Path) -> None:
    (tmp_path / "dvc.lock").write_text("stages: {}\n")
    assert join_locks(tmp_path) == []
    assert (tmp_path / "dvc.lock").read_text() == "stages: {}\n"
