"""A folder of clips for a whole test session."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where clips are made when first asked for."""
    return tmp_path_factory.mktemp("clips")
