"""Fixtures that several folders of tests use, and what makes all of them together cheaper."""

import os
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from hapvr.threads import wait_passively

# Before any test imports PyTorch.
wait_passively()

# Before torch is imported: several processes that share the processors would wait for each other's threads.
os.environ.setdefault("OMP_NUM_THREADS", "1")

HERE = Path(__file__).parent
# Longest first, so that no worker ends with one of them alone. Of a folder, all files go to one worker.
LONGEST = ("workflow/test_smoke.py", "workflow", "video", "docs", "search", "training", "reports")


def place_of(file: str) -> tuple[int, str]:
    """When the tests of a file begin, and a name for what goes to one worker with them."""
    for number, name in enumerate(LONGEST):
        if name in (file, file.partition("/")[0]):
            return number, name
    return len(LONGEST), file


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: place_of(item.path.relative_to(HERE).as_posix())[0])


class Together(LoadFileScheduling):
    """Gives a worker all tests of a place, in the order of the collection."""

    def _split_scope(self, nodeid: str) -> str:
        return place_of(nodeid.partition("::")[0].removeprefix("tests/"))[1]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together:
    config.option.loadscopereorder = False
    return Together(config, log)


@pytest.fixture(scope="session", autouse=True)
def _parameters_are_checked_once() -> Iterator[None]:
    """Hundreds of tests read the same few texts, each of which takes a fifth of a second to read and check."""
    module = import_module("hapvr.params.load")
    check, known = module.check, {}

    def check_once(text: str, path: Path) -> object:
        if text not in known:
            known[text] = check(text, path)
        return known[text]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "check", check_once)
        yield


@pytest.fixture(scope="session")
def shared() -> Path:
    """Reference material that is not part of the repository; tests that need it skip where it is absent."""
    folder = HERE.parents[1] / "shared"
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent")
    return folder
