"""Which of several HDF5 files holds a video."""

from collections.abc import Iterable

import h5py


def owners(files: Iterable[h5py.File]) -> dict[str, h5py.File]:
    """Video id → the file that holds it. Only ids are read. Raises ValueError for an id that two files hold."""
    owner_of: dict[str, h5py.File] = {}
    for file in files:
        for video_id in file:
            if video_id in owner_of:
                first = owner_of[video_id].filename
                raise ValueError(f"video {video_id!r} is in both {first} and {file.filename}; keep one")
            owner_of[video_id] = file
    return owner_of
