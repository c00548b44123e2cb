"""Finished parts of a score matrix, so that interrupted scoring goes on and separate jobs can share the work."""

import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hapvr.storage.files import whole

# Database videos of one block: the unit of work that is kept.
BLOCK = 2048


class Blocks:
    """Columns of one score matrix, BLOCK database videos a file, good as long as `settings` stay the same."""

    def __init__(self, folder: Path, settings: dict[str, Any]) -> None:
        key = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:16]
        self._folder = folder / key

    def load(self, number: int) -> np.ndarray | None:
        """Similarity [Q, columns of the block], or None if it is not finished."""
        path = self._file(number)
        return np.load(path, allow_pickle=False) if path.exists() else None

    def save(self, number: int, similarity: np.ndarray) -> None:
        """Keeps a finished block whole."""
        with whole(self._file(number)) as temporary, temporary.open("wb") as file:
            np.save(file, similarity, allow_pickle=False)

    def remove(self) -> None:
        """Forgets every block."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _file(self, number: int) -> Path:
        return self._folder / f"{number}.npy"


def cut(lengths: Sequence[int]) -> list[list[int]]:
    """Positions of the videos of each block: BLOCK videos in order of length, so that batches waste little."""
    order = sorted(range(len(lengths)), key=lambda position: (lengths[position], position))
    return [order[start : start + BLOCK] for start in range(0, len(order), BLOCK)]
