"""Fixtures that several folders of tests use."""

from pathlib import Path

import pytest

from hapvr.threads import wait_passively

# Before any test imports PyTorch.
wait_passively()


@pytest.fixture(scope="session")
def shared() -> Path:
    """Reference material that is not part of the repository; tests that need it skip where it is absent."""
    folder = Path(__file__).parents[1].parent / "shared"
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent")
    return folder
