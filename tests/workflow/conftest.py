import shutil
from pathlib import Path

import pytest

from tests.workflow.engines import Engines, make


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small project after one run of Snakemake from nothing, committed. Copied by the tests, never changed."""
    engines = make(tmp_path_factory.mktemp("finished") / "project")
    engines.snakemake()
    engines.commit("results")
    return engines.folder


@pytest.fixture
def project(finished: Path, tmp_path: Path) -> Engines:
    """A copy of the finished project."""
    return Engines(Path(shutil.copytree(finished, tmp_path / "project", symlinks=True)))


@pytest.fixture
def empty(tmp_path: Path) -> Engines:
    """The small project before any run."""
    return make(tmp_path / "project")
