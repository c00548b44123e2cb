"""What the readers of published annotation files share: lists of ids, checks, paths of videos."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any


def read_ids(path: Path) -> list[str]:
    """One id per line. Raises ValueError for an id with white space or a path in it."""
    ids = path.read_text(encoding="utf-8").split("\n")
    ids = [line.strip() for line in ids if line.strip()]
    check_ids(path, ids)
    return ids


def check_ids(path: Path, ids: Iterable[str]) -> None:
    """An id becomes a file name and an HDF5 name. Raises ValueError for one that cannot."""
    for video in ids:
        if not isinstance(video, str) or not video or video.strip(".") == "" or set(video) & set("/\\\0 \t\r\n"):
            raise ValueError(
                f"{path}: expected video ids that can be file names, found {video!r}; fetch the file again"
            )


def check_keys(path: Path, content: Any, expected: Mapping[str, type]) -> None:
    """Raises ValueError unless `content` is a dict with these keys and types."""
    if not isinstance(content, dict):
        raise ValueError(f"{path}: expected a dict, found {type(content).__name__}; fetch the file again")
    for key, kind in expected.items():
        if not isinstance(content.get(key), kind):
            found = type(content[key]).__name__ if key in content else "no such key"
            raise ValueError(f"{path}: {key}: expected a {kind.__name__}, found {found}; fetch the file again")


def video_paths(ids: Iterable[str]) -> dict[str, str]:
    """video id → the link to its file below the dataset's folder; the file itself says which format it has."""
    return {video: f"links/{video}" for video in sorted(ids)}
