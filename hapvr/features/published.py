"""Published features, HDF5 with one dataset [T, 9, D] per video id: checked, and read as float16, a video at a time.

A file is data of others: what is no plain array in the file itself is not read, and no video takes more memory than its
frames may.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from hapvr.video.failures import Failure

REGIONS = 9
# Frames in memory as they are stored; what becomes of them is half as large.
BLOCK_FRAMES = 1024
# What unpacks without a plug-in.
FILTERS = {h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32}


class FeatureError(ValueError):
    """A video's features cannot be used; the message says why."""


def open_features(path: Path) -> h5py.File:
    """Raises ValueError for what is no HDF5 file, and FileNotFoundError."""
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file; expected published features, HDF5")
    try:
        return h5py.File(path)
    except OSError as error:
        raise ValueError(
            f"{path}: expected HDF5, found a damaged file or another kind ({error}); fetch it again"
        ) from error


def check_unchanged(path: Path, record: Path) -> None:
    """Raises FileNotFoundError without the file, and ValueError if its size is not the one on record."""
    expected: dict[str, Any] = json.loads(record.read_text(encoding="utf-8"))
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file, but {record} has it on record; fetch the dataset again")
    if path.stat().st_size != expected["bytes"]:
        raise ValueError(
            f"{path}: {path.stat().st_size:,} bytes, expected {expected['bytes']:,} as in {record}; it was replaced: "
            "fetch the dataset again"
        )


def read_usable(
    file: h5py.File, videos: Iterable[str], failures: list[Failure], *, dims: int, frames: int
) -> Iterator[tuple[str, np.ndarray]]:
    """Video id and float16 [T, 9, dims] of those `videos` that can be used, one in memory at a time.

    failures: gets those that cannot. frames: the most a video may have.
    """
    for video in videos:
        try:
            yield video, read_video(file, video, dims=dims, frames=frames)
        except FeatureError as error:
            failures.append(Failure(video, str(error), 0.0))


def read_video(file: h5py.File, video: str, *, dims: int, frames: int) -> np.ndarray:
    """Float16 [T, 9, dims] of a video. Raises FeatureError unless that many finite numbers can be read."""
    stored = _array(file, video)
    if stored.ndim != 3 or stored.shape[1:] != (REGIONS, dims) or not 1 <= stored.shape[0] <= frames:
        raise FeatureError(f"shape {list(stored.shape)}; expected [T, {REGIONS}, {dims}] with 1 to {frames} frames")
    features = np.empty(stored.shape, np.float16)
    # Whole chunks, so that none is unpacked twice.
    step = -(-BLOCK_FRAMES // stored.chunks[0]) * stored.chunks[0] if stored.chunks else BLOCK_FRAMES
    try:
        for start in range(0, len(stored), step):
            with np.errstate(over="ignore"):
                features[start : start + step] = stored[start : start + step]
    except (OSError, RuntimeError, ValueError) as error:
        raise FeatureError(f"damaged: {error}") from error
    if not np.isfinite(features).all():
        raise FeatureError("not finite as float16: a value is NaN, infinite or beyond 65,504")
    return features


def check_dims(file: h5py.File, videos: Iterable[str], dims: int) -> None:
    """Raises ValueError if none of `videos` is in the file, or the first that is has other dims: it is another file."""
    first = next((video for video in videos if video in file), None)
    if first is None:
        raise ValueError(f"{file.filename}: has none of the videos of the dataset; is it of another one?")
    found = file.get(first)
    if isinstance(found, h5py.Dataset) and found.ndim == 3 and found.shape[2] != dims:
        raise ValueError(
            f"{file.filename}: {first}: expected {dims} dims as in whiten.dims, found {found.shape[2]}; set "
            "whiten.dims to that, in a project where everything has as many"
        )


def _array(file: h5py.File, video: str) -> h5py.Dataset:
    """The entry of a video, if it is a floating-point array that lies in this file. Raises FeatureError."""
    try:
        link = file.get(video, getlink=True)
        if link is None:
            raise FeatureError(f"missing: not in {Path(file.filename).name}")
        if not isinstance(link, h5py.HardLink):
            raise FeatureError("refused: a link to another place")
        stored = file[video]
    except (OSError, RuntimeError, KeyError) as error:
        raise FeatureError(f"damaged: {error}") from error
    if not isinstance(stored, h5py.Dataset) or stored.dtype.kind != "f":
        raise FeatureError("refused: not an array of floating-point numbers")
    if stored.is_virtual or stored.external:
        raise FeatureError("refused: its numbers lie in another file")
    _check_storage(stored)
    return stored


def _check_storage(stored: h5py.Dataset) -> None:
    """Raises FeatureError for a filter from a plug-in, and chunks beyond a block of frames: each is unpacked whole."""
    properties = stored.id.get_create_plist()
    filters = {properties.get_filter(number)[0] for number in range(properties.get_nfilters())}
    if filters - FILTERS:
        raise FeatureError("refused: packed otherwise than by gzip")
    if stored.chunks and np.prod(stored.chunks, dtype=float) > 16 * BLOCK_FRAMES * REGIONS * 512:
        raise FeatureError(f"refused: chunks of {list(stored.chunks)}, which are unpacked whole")
