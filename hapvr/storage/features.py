"""Region features of many videos, HDF5 with one dataset [T, R, D] per video id, as published files have them."""

from collections.abc import Iterable
from pathlib import Path

import h5py
import numpy as np

from hapvr.storage.files import whole
from hapvr.storage.owners import VideoFiles
from hapvr.storage.parallel_read import read


def write_features(path: Path, videos: Iterable[tuple[str, np.ndarray]]) -> None:
    """Writes (video id, [T, R, D]) pairs as float16."""
    with whole(path) as temporary, h5py.File(temporary, "w") as file:
        for video_id, features in videos:
            file.create_dataset(video_id, data=np.asarray(features, np.float16))


class FeatureStore(VideoFiles[np.ndarray]):
    """The features in several files: video id → float32 [T, R, D], read when asked for."""

    def __getitem__(self, video_id: str) -> np.ndarray:
        return read(self._entry(video_id)).astype(np.float32, copy=False)

    def frames(self, video_id: str) -> int:
        """Number of frames of a video, without reading its features."""
        return int(self._entry(video_id).shape[0])
