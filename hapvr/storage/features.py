"""Region features of many videos, HDF5 with one dataset [T, R, D] per video id, as published files have them."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import h5py
import numpy as np

from hapvr.storage.files import whole
from hapvr.storage.owners import owners
from hapvr.storage.parallel_read import read


def write_features(path: Path, videos: Iterable[tuple[str, np.ndarray]]) -> None:
    """Writes (video id, [T, R, D]) pairs as float16."""
    with whole(path) as temporary, h5py.File(temporary, "w") as file:
        for video_id, features in videos:
            file.create_dataset(video_id, data=np.asarray(features, np.float16))


class FeatureStore(Mapping[str, np.ndarray]):
    """Read-only view of the features in several HDF5 files: video id → float32 [T, R, D], read when asked for.

    Raises ValueError for a video id that two files hold, and KeyError for one that none holds.
    """

    def __init__(self, paths: Iterable[Path]) -> None:
        self._file_of = owners(h5py.File(path) for path in sorted(paths))

    def __getitem__(self, video_id: str) -> np.ndarray:
        return read(self._file_of[video_id][video_id]).astype(np.float32, copy=False)

    def __contains__(self, video_id: object) -> bool:
        return video_id in self._file_of

    def __iter__(self) -> Iterator[str]:
        return iter(self._file_of)

    def __len__(self) -> int:
        return len(self._file_of)

    def frames(self, video_id: str) -> int:
        """Number of frames of a video, without reading its features."""
        return int(self._file_of[video_id][video_id].shape[0])
