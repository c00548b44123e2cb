"""The view bank: features of augmented views, HDF5 with one group `{source}/{kind}-{number}` per view."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import h5py
import numpy as np

from hapvr.storage.files import whole

Kind = Literal["weak", "strong"]


@dataclass(frozen=True)
class View:
    """One augmented view of a training video.

    source: id of that video. mixed: id of the video it was placed in by video-in-video, or "".
    features: [T, R, D] whitened region features. teacher: [T, Dt] features of the frozen teacher. Both float16, in
    memory or in a file.
    """

    source: str
    kind: Kind
    number: int
    mixed: str
    features: "np.ndarray | OnDisk"
    teacher: "np.ndarray | OnDisk"

    @property
    def sources(self) -> frozenset[str]:
        """Ids of every video that is to be seen in this view."""
        return frozenset({self.source, self.mixed} - {""})

    def in_memory(self) -> "View":
        """The same view, its arrays read."""
        return replace(self, features=self.features[:], teacher=self.teacher[:])


@dataclass(frozen=True)
class OnDisk:
    """An array of a file that is read when indexed, and no more of it than the span of the rows asked for."""

    file: h5py.File
    name: str

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.file[self.name].shape)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: np.ndarray | slice) -> np.ndarray:
        """Rows with these numbers, in any order, as often as asked for."""
        stored = self.file[self.name]
        if isinstance(rows, slice):
            return np.asarray(stored[rows])
        first = rows.min()
        return np.asarray(stored[first : rows.max() + 1])[rows - first]


def write_views(path: Path, views: Iterable[View]) -> None:
    """Writes a shard of the view bank, one view in memory at a time."""
    with whole(path) as temporary, h5py.File(temporary, "w") as file:
        for view in views:
            group = file.create_group(f"{view.source}/{view.kind}-{view.number}")
            group.create_dataset("features", data=np.asarray(view.features, np.float16))
            group.create_dataset("teacher", data=np.asarray(view.teacher, np.float16))
            group.attrs.update({"source": view.source, "kind": view.kind, "number": view.number, "mixed": view.mixed})


def read_views(paths: Iterable[Path], *, memory_gb: float) -> list[View]:
    """Every view of some shards, in order of file, source, kind and number.

    Arrays are read now if all files together are no larger than `memory_gb`, else when they are used.
    Raises ValueError without any view.
    """
    paths = sorted(paths)
    fits = sum(path.stat().st_size for path in paths) <= memory_gb * 1e9
    views = [view for path in paths for view in _views(h5py.File(path))]
    if not views:
        raise ValueError(f"no view in {[str(path) for path in paths]}; run the stage `views`")
    return [view.in_memory() for view in views] if fits else views


def _views(file: h5py.File) -> list[View]:
    """The views of a file, none of their arrays read."""
    views = [
        View(
            source=group.attrs["source"],
            kind=group.attrs["kind"],
            number=int(group.attrs["number"]),
            mixed=group.attrs["mixed"],
            features=OnDisk(file, f"{group.name}/features"),
            teacher=OnDisk(file, f"{group.name}/teacher"),
        )
        for source in file.values()
        for group in source.values()
    ]
    return sorted(views, key=lambda view: (view.source, view.kind, view.number))
