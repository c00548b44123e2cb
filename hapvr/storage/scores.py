"""Similarity matrices of one run on one benchmark, HDF5: `queries`, `database` and `similarity/{member}` [Q, N]."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from hapvr.storage.files import whole


@dataclass(frozen=True)
class Scores:
    """Similarity of every available query to every available database video.

    queries: Q ids; database: N ids; similarity: float32 [Q, N]. A video that is absent here is missing.
    """

    queries: list[str]
    database: list[str]
    similarity: np.ndarray

    def __post_init__(self) -> None:
        expected = (len(self.queries), len(self.database))
        if self.similarity.shape != expected:
            raise ValueError(f"similarity has shape {self.similarity.shape}, expected {expected} (queries, database)")


def write_scores(path: Path, members: Mapping[str, Scores], *, dtype: str) -> None:
    """Writes the scores of each member of a run (its seeds, or `frozen`); all have the same ids.

    dtype: number format of the region products, kept as an attribute of `similarity`.
    """
    first = next(iter(members.values()))
    with whole(path) as temporary, h5py.File(temporary, "w") as file:
        file["queries"] = [name.encode() for name in first.queries]
        file["database"] = [name.encode() for name in first.database]
        for member, scores in members.items():
            file[f"similarity/{member}"] = np.asarray(scores.similarity, np.float32)
        file["similarity"].attrs["dtype"] = dtype


def read_scores(path: Path) -> dict[str, Scores]:
    """Gives member → scores."""
    with h5py.File(path) as file:
        queries = [name.decode() for name in file["queries"][:]]
        database = [name.decode() for name in file["database"][:]]
        return {name: Scores(queries, database, matrix[:]) for name, matrix in file["similarity"].items()}


def dtype_of(path: Path) -> str:
    """Number format of the region products that gave the scores."""
    with h5py.File(path) as file:
        return str(file["similarity"].attrs["dtype"])
