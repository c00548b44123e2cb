"""What was fetched into a folder and what was not to be had, kept beside the videos from run to run.

One file per dataset and shard, `.hapvr/{dataset}-{shard}.csv`, which is only added to. Datasets may share a folder, as
FIVR-5K and FIVR-200K do: each knows what the other has learnt.
"""

import csv
import fcntl
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

from hapvr.fetch.options import Upstream
from hapvr.fetch.videos.reasons import kind_of

HIDDEN = ".hapvr"
FETCHED, DELETED = "fetched", "deleted"
HEADER = ["time", "video", "what", "file", "bytes"]


@dataclass(frozen=True)
class Event:
    """what: FETCHED, DELETED or a reason. file: below the folder, and bytes, of the first two."""

    what: str
    file: str
    bytes: int


class Memory:
    """The last event of every video, in all files of a folder; events are added to the file `name`."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder / HIDDEN
        self._file = self._folder / f"{name}.csv"
        self._last = _read(self._folder)

    def get(self, video: str) -> Event | None:
        """The last event of a video."""
        return self._last.get(video)

    def refresh(self) -> None:
        """Reads again what other processes have added."""
        self._last = _read(self._folder)

    def add(self, video: str, what: str, file: str = "", size: int = 0) -> None:
        """Adds an event. A process that is killed here leaves at most a line that is not read."""
        self._folder.mkdir(parents=True, exist_ok=True)
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        text = StringIO()
        csv.writer(text, lineterminator="\n").writerow([now, video, what, file, size])
        with self._file.open("ab+") as opened:
            if opened.tell() == 0:
                opened.write(f"{','.join(HEADER)}\n".encode())
            elif opened.seek(-1, 2) and opened.read(1) != b"\n":
                opened.write(b"\n")
            opened.write(text.getvalue().encode())
        self._last[video] = Event(what, file, size)


def still_asked(videos: Iterable[str], upstream: Upstream, memory: Memory) -> list[str]:
    """Those of the missing videos that are asked for: for the first time, or again as `download.ask_again` says."""
    if upstream.download is None:
        return []
    again = {FETCHED, DELETED, *upstream.download.ask_again}
    return [video for video in videos if (last := memory.get(video)) is None or kind_of(last.what) in again]


@contextmanager
def only_one(folder: Path) -> Iterator[Path]:
    """Waits until no other process fetches into the folder; gives a folder for what is not whole yet.

    Several at once would ask a server more often than any of them was told to.
    """
    partial = folder / HIDDEN / "partial"
    partial.mkdir(parents=True, exist_ok=True)
    with (folder / HIDDEN / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"{folder}: waiting for another process that fetches videos into it", file=sys.stderr)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield partial


def _read(folder: Path) -> dict[str, Event]:
    events = []
    for path in folder.glob("*.csv"):
        with path.open(newline="", encoding="utf-8", errors="replace") as opened:
            events += [row for row in csv.reader(opened) if len(row) == len(HEADER) and row[4].isdecimal()]
    events.sort(key=lambda row: row[0])
    return {video: Event(what, file, int(size)) for _, video, what, file, size in events}
