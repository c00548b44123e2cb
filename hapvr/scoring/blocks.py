"""Finished parts of a score matrix, so that interrupted scoring goes on and separate jobs can share the work."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hapvr.storage.files import whole
from hapvr.storage.resume import key_of

# Database videos of one block: the unit of work that is kept.
BLOCK = 2048


@dataclass(frozen=True)
class Part:
    """The `number`-th of `of` equal parts of the work, from 0; the others are left to other jobs."""

    number: int
    of: int

    @classmethod
    def parse(cls, text: str) -> "Part":
        """ "1/4" → the second of four parts. Raises ValueError."""
        number, _, of = text.partition("/")
        if not (number.isdecimal() and of.isdecimal() and int(number) < int(of)):
            raise ValueError(f"--part: expected I/N with 0 ≤ I < N, such as 0/4, found {text!r}")
        return cls(int(number), int(of))


class Blocks:
    """Columns of one score matrix, BLOCK database videos a file, good as long as `depends_on` stays the same."""

    def __init__(self, folder: Path, depends_on: Mapping[str, Any]) -> None:
        self._folder = folder / key_of(depends_on)

    def load(self, number: int) -> np.ndarray | None:
        """Similarity [Q, columns of the block], or None if it is not finished."""
        path = self._file(number)
        return np.load(path, allow_pickle=False) if path.exists() else None

    def save(self, number: int, similarity: np.ndarray) -> None:
        """Keeps a finished block whole."""
        with whole(self._file(number)) as temporary, temporary.open("wb") as file:
            np.save(file, similarity, allow_pickle=False)

    def _file(self, number: int) -> Path:
        return self._folder / f"{number}.npy"


def cut_into_blocks(lengths: Sequence[int]) -> list[list[int]]:
    """Positions of the videos of each block: BLOCK videos in order of length, so that batches waste little."""
    order = sorted(range(len(lengths)), key=lambda position: (lengths[position], position))
    return [order[start : start + BLOCK] for start in range(0, len(order), BLOCK)]
