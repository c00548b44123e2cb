"""Frame-to-frame matrices, small enough for a page: at most so many rows and columns, eight bits a cell."""

from base64 import b64encode
from itertools import pairwise
from typing import NamedTuple

import numpy as np


class Matrix(NamedTuple):
    """cells: rows × columns bytes, base64; 0 is `low` and 255 is `high`."""

    rows: int
    columns: int
    low: float
    high: float
    cells: str


def quantise(frame_similarity: np.ndarray, *, side: int) -> Matrix:
    """[T, T'] as a page takes it; of neighbouring frames that share a cell, the most similar pair counts."""
    small = _shrink(_shrink(frame_similarity, side).T, side).T
    low, high = float(small.min()), float(small.max())
    cells = np.zeros(small.shape) if high == low else (small - low) / (high - low)
    values = np.round(255 * cells).astype(np.uint8)
    rows, columns = small.shape
    return Matrix(rows, columns, round(low, 3), round(high, 3), b64encode(values.tobytes()).decode())


def _shrink(matrix: np.ndarray, side: int) -> np.ndarray:
    """At most `side` rows, each the largest of a stretch of rows."""
    rows = min(side, len(matrix))
    bounds = np.linspace(0, len(matrix), rows + 1).round().astype(int)
    return np.stack([matrix[start:end].max(0) for start, end in pairwise(bounds)])
