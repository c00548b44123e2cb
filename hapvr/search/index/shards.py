"""Where the index of a folder lies: one file, or several that were built side by side, a part of the folder each."""

import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from hapvr.search.index.store import Entry, Index, IndexedFeatures

NAME = ".hapvr-index.h5"
PARTS = ".hapvr-index.parts"
PART_NAME = re.compile(r"(\d+)-of-(\d+)\.h5")


class ShardedFeatures(IndexedFeatures):
    """The features of all shards as of one index."""

    def __init__(self, shards: list[IndexedFeatures]) -> None:
        self._shards = shards

    def __getitem__(self, path: str) -> np.ndarray:
        return self._shard(path)[path]

    def frames(self, path: str) -> int:
        return self._shard(path).frames(path)

    def times(self, path: str, fps: float) -> np.ndarray:
        return self._shard(path).times(path, fps)

    def __iter__(self) -> Iterator[str]:
        return (path for shard in self._shards for path in shard)

    def _shard(self, path: str) -> IndexedFeatures:
        return self._shards[shard_of(path, len(self._shards))]


class ShardedIndex(Index):
    """Several files used as one index. A video lies in the one that its path names."""

    def __init__(self, folder: Path, count: int, made_with: Mapping[str, Any], *, rebuild: bool) -> None:
        self.path = folder
        files = [folder / f"{part}-of-{count}.h5" for part in range(count)]
        self._shards = [Index(file, made_with, rebuild=rebuild) for file in files]

    def entries(self) -> dict[str, Entry]:
        return {path: entry for shard in self._shards for path, entry in shard.entries().items()}

    def add(self, path: str, entry: Entry, features: np.ndarray | None, times: np.ndarray | None = None) -> None:
        self._shard(path).add(path, entry, features, times)

    def add_same(self, path: str, entry: Entry, source: str) -> None:
        shard, other = self._shard(path), self._shard(source)
        if shard is other:
            return shard.add_same(path, entry, source)
        with other.features() as features:
            readable = not entry.reason
            kept = features[source] if readable else None
            times = features.times(source, 1) if readable and entry.damage else None
        shard.add(path, entry, kept, times)

    def remove(self, paths: Iterable[str]) -> None:
        gone = list(paths)
        for number, shard in enumerate(self._shards):
            shard.remove([path for path in gone if shard_of(path, len(self._shards)) == number])

    @contextmanager
    def features(self) -> Iterator[IndexedFeatures]:
        with ExitStack() as stack:
            yield ShardedFeatures([stack.enter_context(shard.features()) for shard in self._shards])

    def _shard(self, path: str) -> Index:
        return self._shards[shard_of(path, len(self._shards))]


def shard_of(path: str, count: int) -> int:
    """Which of `count` shards has a video: by its path alone, so that parts need not know of each other."""
    return zlib.crc32(path.encode(errors="surrogateescape")) % count


def open_index(folder: Path, index: Path | None, made_with: Mapping[str, Any], *, rebuild: bool) -> Index:
    """The index of a folder: the file or folder of parts `index`; without one, the parts in the folder, or the file.

    Raises ValueError for parts that do not belong together, or of which some are missing.
    """
    place = index or (folder / PARTS if (folder / PARTS).is_dir() else folder / NAME)
    if not place.is_dir():
        return Index(place, made_with, rebuild=rebuild)
    found = sorted(match.groups() for file in place.iterdir() if (match := PART_NAME.fullmatch(file.name)))
    counts = {int(count) for _, count in found}
    if len(counts) != 1 or len(found) != max(counts):
        have = ", ".join("{}-of-{}".format(*part) for part in found) or "none"
        raise ValueError(
            f"{place}: expected all parts of one index, found {have}; build them by hapvr index --part I/N"
        )
    return ShardedIndex(place, counts.pop(), made_with, rebuild=rebuild)


def open_part(folder: Path, part: int, count: int, made_with: Mapping[str, Any], *, rebuild: bool) -> Index:
    """One part of the index of a folder, to be built."""
    return Index(folder / PARTS / f"{part}-of-{count}.h5", made_with, rebuild=rebuild)
