"""Files of another commit, from a small DVC repository of its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hapvr.storage.revision import Revision

PIPELINE = """
stages:
  score:
    cmd: cp given.txt result.txt
    deps: [given.txt]
    outs: [result.txt]
"""


def run(folder: Path, *command: str) -> None:
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env=os.environ | {"DVC_NO_ANALYTICS": "1"})


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two commits: `given.txt` and, made of it, `result.txt` hold "first", then "second"."""
    folder = tmp_path_factory.mktemp("repository")
    (folder / "dvc.yaml").write_text(PIPELINE)
    run(folder, "git", "init", "-q")
    run(folder, "git", "config", "user.email", "nobody@example.org")
    run(folder, "git", "config", "user.name", "Nobody")
    run(folder, sys.executable, "-m", "dvc", "init", "-q")
    for content in ("first", "second"):
        (folder / "given.txt").write_text(content)
        run(folder, sys.executable, "-m", "dvc", "repro", "-q")
        run(folder, "git", "add", "--all")
        run(folder, "git", "commit", "-q", "-m", content)
    return folder


def test_content_is_that_of_the_commit_and_the_working_tree_stays(repository: Path) -> None:
    with Revision(repository, "HEAD~1").file("result.txt") as file:
        assert file.read_text() == "first"
    assert not file.exists()
    assert (repository / "result.txt").read_text() == "second"


def test_unknown_revision_is_named(repository: Path) -> None:
    with pytest.raises(ValueError, match="--rev nowhere: unknown Git revision 'nowhere'; give a commit, branch or tag"):
        Revision(repository, "nowhere")


def test_file_that_no_stage_made_is_named(repository: Path) -> None:
    with (
        pytest.raises(FileNotFoundError, match=r"scores/x\.h5: not recorded at HEAD~1; name a commit whose dvc\.lock"),
        Revision(repository, "HEAD~1").file("scores/x.h5"),
    ):
        pass


def test_content_that_left_the_cache_is_named_with_what_to_do(repository: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(repository, tmp_path / "copy"))
    shutil.rmtree(copy / ".dvc" / "cache" / "files")
    with (
        pytest.raises(
            FileNotFoundError, match=r"result\.txt: recorded at HEAD~1, but .* `git checkout HEAD~1 && dvc rep"
        ),
        Revision(copy, "HEAD~1").file("result.txt"),
    ):
        pass
