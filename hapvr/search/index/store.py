"""The index of a folder: features of its videos in one HDF5 file, extended video by video.

The file has one dataset per video, float16 [T, R, D], in the group `videos`, named by the video's percent-encoded path
below the folder; an unreadable video has an empty one. The attribute `file` of each (JSON) tells which content it was
made from; the attribute `made_with` of the whole file (JSON) with which backbone, whitening and sampling. Of a damaged
video the group `times` has when its frames are shown, float32 [T]: frame k of a whole one is that of k / fps seconds.
"""

import errno
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote_to_bytes

import h5py
import numpy as np

from hapvr.storage.files import whole

# First bytes of every HDF5 file, and within how many an index has its attribute.
SIGNATURE, HEAD = b"\x89HDF\r\n\x1a\n", 4096
TIMES = "times"


@dataclass(frozen=True)
class Entry:
    """What an index keeps about a file besides its features.

    reason: why it cannot be read; empty if it can. damage: what is wrong with one of which a part is searched.
    """

    size: int
    mtime_ns: int
    sha256: str
    reason: str = ""
    damage: str = ""


class Index:
    """Opens the index, or makes an empty one. It is open only while something is written or read.

    So an interruption, whenever it comes, costs the video at hand only.
    """

    def __init__(self, path: Path, made_with: Mapping[str, Any], *, rebuild: bool) -> None:
        """Raises ValueError for an index that was made with something else, unless `rebuild` asks for an empty one.

        What is no index, whole or damaged, is never replaced.
        """
        self.path = path
        if path.exists() and not (rebuild and _was_index(path)):
            found = self._made_with()
            if found != made_with and not rebuild:
                raise ValueError(f"{path}: {_difference(found, made_with)}; add --rebuild, or choose another --index")
        if rebuild or not path.exists():
            with whole(path) as temporary, _create(temporary) as file:
                file.attrs["made_with"] = json.dumps(made_with)
                file.create_group("videos")

    def entries(self) -> dict[str, Entry]:
        """Path below the folder → entry, of every video in the index."""
        with self._open("r") as videos:
            return {_path(key): Entry(**json.loads(item.attrs["file"])) for key, item in videos.items()}

    def add(self, path: str, entry: Entry, features: np.ndarray | None, times: np.ndarray | None = None) -> None:
        """Puts in a video in place of what was there; features [T, R, D], None for an unreadable one.

        times: [T] seconds, of a video that lacks frames.
        """
        data = h5py.Empty("f2") if features is None else np.asarray(features, np.float16)
        key = _key(path)
        with self._open("r+") as videos:
            _take_out(videos, key)
            videos.create_dataset(key, data=data).attrs["file"] = json.dumps(asdict(entry))
            if times is not None:
                videos.file.require_group(TIMES)[key] = np.asarray(times, np.float32)

    def add_same(self, path: str, entry: Entry, source: str) -> None:
        """Puts in a video with the content of another one, `source`, or of its own former entry."""
        key, other = _key(path), _key(source)
        with self._open("r+") as videos:
            if path != source:
                _take_out(videos, key)
                videos.copy(other, key)
                if other in videos.file.get(TIMES, ()):
                    videos.file[TIMES].copy(other, key)
            videos[key].attrs["file"] = json.dumps(asdict(entry))

    def remove(self, paths: Iterable[str]) -> None:
        """Takes out videos; an index that may not be written is left alone if there are none."""
        if gone := [_key(path) for path in paths]:
            with self._open("r+") as videos:
                for key in gone:
                    _take_out(videos, key)

    @contextmanager
    def features(self) -> Iterator["IndexedFeatures"]:
        """The features of the readable videos, while the context lasts."""
        with self._open("r") as videos:
            yield IndexedFeatures(videos)

    @contextmanager
    def _open(self, mode: str) -> Iterator[h5py.Group]:
        with _open_file(self.path, mode) as file:
            yield file["videos"]

    def _made_with(self) -> dict[str, Any]:
        with _open_file(self.path, "r") as file:
            if "made_with" not in file.attrs or "videos" not in file:
                raise ValueError(f"{self.path}: no index of videos, but another HDF5 file; choose another --index")
            found: dict[str, Any] = json.loads(file.attrs["made_with"])
            return found


class IndexedFeatures(Mapping[str, np.ndarray]):
    """Path below the folder → float32 [T, R, D], read when asked for."""

    def __init__(self, videos: h5py.Group) -> None:
        self._videos = videos

    def __getitem__(self, path: str) -> np.ndarray:
        return self._videos[_key(path)][:].astype(np.float32)

    def frames(self, path: str) -> int:
        """T of a video, without reading its features."""
        return int(self._videos[_key(path)].shape[0])

    def times(self, path: str, fps: float) -> np.ndarray:
        """When the T frames of a video are shown, seconds from its start. fps: at which the index was made."""
        kept = self._videos.file.get(f"{TIMES}/{_key(path)}")
        times: np.ndarray = np.arange(self.frames(path)) / fps if kept is None else kept[:].astype(np.float64)
        return times

    def __iter__(self) -> Iterator[str]:
        return (_path(key) for key, item in self._videos.items() if item.shape is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _open_file(path: Path, mode: str) -> h5py.File:
    """Opens an index; errors say what to do."""
    try:
        return h5py.File(path, mode)
    except BlockingIOError as error:
        raise OSError(f"{path}: another search is at work on this index; wait for its end") from error
    except PermissionError as error:
        raise PermissionError(f"{path}: may not be read and written; choose another --index") from error
    except OSError as error:
        if error.errno == errno.EROFS:
            raise OSError(f"{path}: lies on a disk that may not be written; choose another --index") from error
        remedy = "add --rebuild" if _was_index(path) else "delete it"
        raise OSError(f"{path}: not a sound index; {remedy}, or choose another --index") from error


def _was_index(path: Path) -> bool:
    """Whether a file begins as an index does, even if the rest of it is lost."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError:
        return False
    return head.startswith(SIGNATURE) and b"made_with" in head


def _take_out(videos: h5py.Group, key: str) -> None:
    """A video and its times, if they are there."""
    for group in (videos, videos.file.get(TIMES, {})):
        if key in group:
            del group[key]


def _create(path: Path) -> h5py.File:
    """An empty file in which the space of videos taken out is used again, by later openings too."""
    try:
        return h5py.File(path, "w", fs_strategy="fsm", fs_persist=True)
    except OSError as error:
        # HDF5 names its own source files and functions; the system's word is enough.
        reason = os.strerror(error.errno) if error.errno else "HDF5 cannot make a file"
        raise OSError(f"{path.parent}: no index can be written there ({reason}); choose another --index") from error


def _difference(found: Mapping[str, Any], expected: Mapping[str, Any]) -> str:
    keys = [key for key in {**expected, **found} if found.get(key) != expected.get(key)]
    pairs = [f"{key} {_short(found.get(key))}, now {_short(expected.get(key))}" for key in keys]
    return f"made with {'; '.join(pairs)}"


def _short(value: Any) -> str:
    return str(value)[:12]


def _key(path: str) -> str:
    return quote(os.fsencode(path), safe="")


def _path(key: str) -> str:
    return os.fsdecode(unquote_to_bytes(key))
