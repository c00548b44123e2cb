"""Several HDF5 files seen as one: which of them holds a video."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

import h5py

T = TypeVar("T")


class VideoFiles(Mapping[str, T]):
    """Read-only view of several HDF5 files with one entry per video id: video id → what a subclass gives of it.

    Only ids are read at first. Raises ValueError for a video id that two files hold, and KeyError for one that none
    holds.
    """

    def __init__(self, paths: Iterable[Path]) -> None:
        self._file_of: dict[str, h5py.File] = {}
        for path in sorted(paths):
            self._add(h5py.File(path))

    def __contains__(self, video_id: object) -> bool:
        return video_id in self._file_of

    def __iter__(self) -> Iterator[str]:
        return iter(self._file_of)

    def __len__(self) -> int:
        return len(self._file_of)

    def _entry(self, video_id: str) -> h5py.Group | h5py.Dataset:
        return self._file_of[video_id][video_id]

    def _add(self, file: h5py.File) -> None:
        for video_id in file:
            if video_id in self._file_of:
                first = self._file_of[video_id].filename
                raise ValueError(f"video {video_id!r} is in both {first} and {file.filename}; keep one")
            self._file_of[video_id] = file
