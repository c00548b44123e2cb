"""The view bank: features of augmented views, HDF5 with one group `{source}/{kind}-{number}` per view."""

from collections.abc import Iterable
from dataclasses import dataclass
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
    features: [T, R, D] whitened region features. teacher: [T, Dt] features of the frozen teacher. Both float16.
    """

    source: str
    kind: Kind
    number: int
    mixed: str
    features: np.ndarray
    teacher: np.ndarray

    @property
    def sources(self) -> frozenset[str]:
        """Ids of every video that is to be seen in this view."""
        return frozenset({self.source, self.mixed} - {""})


def write_views(path: Path, views: Iterable[View]) -> None:
    """Writes a shard of the view bank, one view in memory at a time."""
    with whole(path) as temporary, h5py.File(temporary, "w") as file:
        for view in views:
            group = file.create_group(f"{view.source}/{view.kind}-{view.number}")
            group.create_dataset("features", data=np.asarray(view.features, np.float16))
            group.create_dataset("teacher", data=np.asarray(view.teacher, np.float16))
            group.attrs.update({"source": view.source, "kind": view.kind, "number": view.number, "mixed": view.mixed})


def read_views(paths: Iterable[Path]) -> list[View]:
    """Every view of some shards, in order of file, source, kind and number. Raises ValueError without any view."""
    paths = sorted(paths)
    views = [view for path in paths for view in _read(path)]
    if not views:
        raise ValueError(f"no view in {[str(path) for path in paths]}; run the stage `views`")
    return views


def _read(path: Path) -> list[View]:
    with h5py.File(path) as file:
        groups = [group for source in file.values() for group in source.values()]
        views = [
            View(
                source=group.attrs["source"],
                kind=group.attrs["kind"],
                number=int(group.attrs["number"]),
                mixed=group.attrs["mixed"],
                features=group["features"][:],
                teacher=group["teacher"][:],
            )
            for group in groups
        ]
    return sorted(views, key=lambda view: (view.source, view.kind, view.number))
