"""Bringing an index up to date with its folder: only new and changed content is decoded."""

from collections.abc import Mapping
from pathlib import Path

from tqdm import tqdm

from hapvr.search.describe import Describer
from hapvr.search.index import Entry, Index
from hapvr.search.videos import printable
from hapvr.storage.resume import file_sha256
from hapvr.video import DecodeError


def update_index(index: Index, files: Mapping[str, Path], describer: Describer) -> dict[str, str]:
    """Makes the index that of `files` (path below the folder → file): adds, replaces, takes out; progress shown.

    Returns the unreadable ones: path → reason. A damaged video is remembered and not tried again until it changes.
    Raises ValueError if there are videos in the index, but none of `files`.
    """
    entries = index.entries()
    gone = entries.keys() - files.keys()
    if gone and len(gone) == len(entries):
        raise ValueError(
            f"{index.path}: holds other videos ({printable(min(gone))}, …) and none of this folder; "
            "add --rebuild, or choose another --index"
        )
    indexing = _Indexing(index, entries, describer)
    stale = [path for path, file in files.items() if not _is_current(file, entries.get(path))]
    reasons = {path: entry.reason for path, entry in entries.items() if path in files}
    for path in tqdm(stale, "index", unit="video", disable=not stale):
        reasons[path] = indexing.add(path, files[path])
    index.remove(gone)
    return {path: reason for path, reason in sorted(reasons.items()) if reason}


def _is_current(file: Path, entry: Entry | None) -> bool:
    if entry is None or not file.is_file():
        return False
    status = file.stat()
    return (entry.size, entry.mtime_ns) == (status.st_size, status.st_mtime_ns)


class _Indexing:
    """Adds files to an index and knows what is in it by now."""

    def __init__(self, index: Index, entries: Mapping[str, Entry], describer: Describer) -> None:
        self._index = index
        self._describer = describer
        self._content = {path: entry.sha256 for path, entry in entries.items()}
        self._path_of = {sha256: path for path, sha256 in self._content.items()}
        self._reasons = {path: entry.reason for path, entry in entries.items()}

    def add(self, path: str, file: Path) -> str:
        """Adds or replaces a file. Returns why it cannot be read; empty if it can."""
        try:
            entry = self._describe(path, file)
        except OSError as error:
            # No fault of the video, so not remembered; what was known of its former content is.
            return error.strerror or str(error)
        self._content[path] = entry.sha256
        self._path_of[entry.sha256] = path
        self._reasons[path] = entry.reason
        return entry.reason

    def _describe(self, path: str, file: Path) -> Entry:
        if not file.is_file():
            raise OSError("not a regular file")
        status, sha256 = file.stat(), file_sha256(file)
        source = self._path_of.get(sha256)
        if source is not None and self._content[source] == sha256:
            # Renamed, copied or only touched.
            entry = Entry(status.st_size, status.st_mtime_ns, sha256, self._reasons[source])
            self._index.add_same(path, entry, source)
            return entry
        try:
            features, reason = self._describer(file).features, ""
        except DecodeError as error:
            features, reason = None, str(error).removeprefix(f"{file}: ")
        entry = Entry(status.st_size, status.st_mtime_ns, sha256, reason)
        self._index.add(path, entry, features)
        return entry
