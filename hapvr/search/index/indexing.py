"""Bringing an index up to date with its folder: only new and changed content is decoded."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from hapvr.search.files.describe import Describer
from hapvr.search.files.videos import printable
from hapvr.search.index.store import Entry, Index
from hapvr.storage.resume import file_sha256
from hapvr.video import DecodeError


class Interrupted(KeyboardInterrupt):
    """Indexing was stopped by the user; the message says how far it is."""


@dataclass(frozen=True)
class Flaws:
    """What is wrong with a folder. Path below it → why, in order of path.

    unreadable: files, and folders (with "/" at the end), that are not searched. damaged: files of which only a part is.
    new: those of both that were not met before.
    """

    unreadable: dict[str, str]
    damaged: dict[str, str]
    new: frozenset[str]


def update_index(index: Index, files: Mapping[str, Path], describer: Describer) -> Flaws:
    """Makes the index that of `files` (path below the folder → file): adds, replaces, takes out; progress shown.

    A damaged video is remembered and not tried again until it changes. What lay in folders that cannot be listed now is
    kept. Raises ValueError if there are videos in the index, but none of `files`, by whatever name. Raises Interrupted.
    """
    entries = index.entries()
    closed: dict[str, str] = getattr(files, "unreadable", {})
    gone = {path for path in entries.keys() - files.keys() if not path.startswith(tuple(closed))}
    if gone and len(gone) == len(entries) and not _holds_one_of(files, entries.values()):
        raise ValueError(
            f"{index.path}: holds other videos ({printable(min(gone))}, …) and none of this folder; "
            "add --rebuild, or choose another --index"
        )
    indexing = _Indexing(index, entries, describer)
    stale = [path for path, file in files.items() if not _is_current(file, entries.get(path))]
    failed: dict[str, str] = {}
    done = len(files) - len(stale)
    try:
        for path in tqdm(stale, "index", unit="video", disable=not stale):
            if reason := indexing.add(path, files[path]):
                failed[path] = reason
            done += 1
        index.remove(gone)
    except KeyboardInterrupt as error:
        raise Interrupted(f"{done} of {len(files)} videos done, run again to go on") from error
    return _flaws(indexing.entries, files, failed | closed, before=entries)


def _flaws(
    entries: Mapping[str, Entry], files: Collection[str], failed: Mapping[str, str], *, before: Mapping[str, Entry]
) -> Flaws:
    """failed: what could not be opened, which is no matter of its content."""
    known = {path: entry for path, entry in entries.items() if path in files}
    unreadable = {path: entry.reason for path, entry in known.items() if entry.reason} | dict(failed)
    damaged = {path: entry.damage for path, entry in known.items() if entry.damage and path not in unreadable}
    met = {path for path, entry in before.items() if (entry.reason or entry.damage) and entry == entries[path]}
    return Flaws(
        dict(sorted(unreadable.items())), dict(sorted(damaged.items())), frozenset({*unreadable, *damaged} - met)
    )


def _holds_one_of(files: Mapping[str, Path], entries: Collection[Entry]) -> bool:
    """Whether a file has content that is indexed; hashed are only those of the size of an indexed one."""
    sizes, contents = {entry.size for entry in entries}, {entry.sha256 for entry in entries}
    for file in files.values():
        try:
            if file.is_file() and file.stat().st_size in sizes and file_sha256(file) in contents:
                return True
        except OSError:
            continue
    return False


def _is_current(file: Path, entry: Entry | None) -> bool:
    if entry is None or not file.is_file():
        return False
    status = file.stat()
    return (entry.size, entry.mtime_ns) == (status.st_size, status.st_mtime_ns)


class _Indexing:
    """Adds files to an index and knows what is in it by now: `entries`."""

    def __init__(self, index: Index, entries: Mapping[str, Entry], describer: Describer) -> None:
        self.entries = dict(entries)
        self._index = index
        self._describer = describer
        self._path_of = {entry.sha256: path for path, entry in entries.items()}

    def add(self, path: str, file: Path) -> str:
        """Adds or replaces a file. Returns why it cannot be opened; empty if it can."""
        try:
            entry = self._describe(path, file)
        except OSError as error:
            # No fault of the video, so not remembered; what was known of its former content is.
            return error.strerror or str(error)
        self.entries[path] = entry
        self._path_of[entry.sha256] = path
        return ""

    def _describe(self, path: str, file: Path) -> Entry:
        if not file.is_file():
            raise OSError("not a regular file")
        status, sha256 = file.stat(), file_sha256(file)
        source = self._path_of.get(sha256)
        if source is not None and self.entries[source].sha256 == sha256:
            # Renamed, copied or only touched.
            known = self.entries[source]
            entry = Entry(status.st_size, status.st_mtime_ns, sha256, known.reason, known.damage)
            self._index.add_same(path, entry, source)
            return entry
        return self._decode(path, file, Entry(status.st_size, status.st_mtime_ns, sha256))

    def _decode(self, path: str, file: Path, entry: Entry) -> Entry:
        try:
            described = self._describer(file)
        except DecodeError as error:
            entry = Entry(entry.size, entry.mtime_ns, entry.sha256, reason=str(error).removeprefix(f"{file}: "))
            self._index.add(path, entry, None)
            return entry
        entry = Entry(entry.size, entry.mtime_ns, entry.sha256, damage=described.damage)
        times = described.frames.timestamps if described.damage else None
        self._index.add(path, entry, described.features, times)
        return entry
