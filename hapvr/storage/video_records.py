"""Which videos of one shard of a published dataset are here, and why the others are not: `videos/{shard}.csv`."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from hapvr.storage.files import write_text

HEADER = ["video", "bytes", "reason"]


@dataclass(frozen=True)
class VideoRecord:
    """bytes: size of the file; None: there is none, for a reason."""

    video: str
    bytes: int | None
    reason: str


def write_records(path: Path, records: Iterable[VideoRecord]) -> None:
    """Writes the header, and a row per video, whole."""
    text = StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(HEADER)
    rows.writerows([one.video, "" if one.bytes is None else one.bytes, one.reason] for one in records)
    write_text(path, text.getvalue())


def read_records(path: Path) -> list[VideoRecord]:
    """The rows of a record. Raises ValueError for another file."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    if not rows or rows[0] != HEADER or any(len(row) != len(HEADER) for row in rows):
        raise ValueError(f"{path}: expected rows of {', '.join(HEADER)}; make it again with the stage `videos`")
    return [VideoRecord(video, int(size) if size else None, reason) for video, size, reason in rows[1:]]
