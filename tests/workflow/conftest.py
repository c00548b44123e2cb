import shutil
from pathlib import Path

import pytest

from tests.workflow.engines import Engines, make

ASKED_FOR = {"faults": "`make faults` runs it", "sharing": "`make sharing` runs it"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes too long for every day, or needs more packages, runs where `-m` names its marker."""
    for item in items:
        for name, reason in ASKED_FOR.items():
            if item.get_closest_marker(name) and name not in config.getoption("markexpr"):
                item.add_marker(pytest.mark.skip(reason=reason))


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
