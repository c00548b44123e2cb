import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from hapvr.cli import cli
from tests.compare.repository import Repository


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    folder = tmp_path / "project"
    folder.mkdir()
    return Repository(folder)


@pytest.fixture(scope="session")
def _two_commits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = Repository(tmp_path_factory.mktemp("made"))
    made.produce({"hapvr": 0.2, "s2vs": 0.3}, steps=50)
    made.commit("weak")
    made.produce({"hapvr": 0.9, "s2vs": 0.3}, steps=100)
    made.commit("strong")
    return made.root


@pytest.fixture
def two_commits(_two_commits: Path, tmp_path: Path) -> Repository:
    """`train.steps` from 50 to 100: hapvr is much better after it, s2vs the same byte for byte."""
    copied = Repository.__new__(Repository)
    copied.root = Path(shutil.copytree(_two_commits, tmp_path / "project", symlinks=True))
    copied.cache = copied.root / ".dvc" / "cache" / "files" / "md5"
    return copied


@pytest.fixture
def compare(monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Runs `hapvr compare …` in a repository's folder."""

    def run(repository: Repository, *arguments: str) -> str:
        monkeypatch.chdir(repository.root)
        monkeypatch.setenv("DVC_NO_ANALYTICS", "1")
        result = CliRunner().invoke(cli, ["compare", *arguments], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.output

    return run
