"""Videos that could not be read, or not as a whole."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from hapvr.storage.files import write_text


@dataclass(frozen=True)
class Failure:
    """A row of failures.csv. seconds_salvaged: of frames that were kept all the same; 0: the video is missing."""

    video: str
    reason: str
    seconds_salvaged: float


def write_failures(path: Path, failures: Iterable[Failure]) -> None:
    """Writes the header, and a row per failure, whole."""
    text = StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["video", "reason", "seconds_salvaged"])
    rows.writerows([failure.video, failure.reason, f"{failure.seconds_salvaged:g}"] for failure in failures)
    write_text(path, text.getvalue())


def read_failures(path: Path) -> list[Failure]:
    """The rows of a failures.csv; none if there is no such file, as with features that were made elsewhere."""
    if not path.exists():
        return []
    with path.open(newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        return [Failure(row["video"], row["reason"], float(row["seconds_salvaged"])) for row in rows]
