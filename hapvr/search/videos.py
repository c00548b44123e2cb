"""Which files of a folder are videos, and how their names are shown."""

import os
from pathlib import Path

from hapvr.video import SUFFIXES


def list_videos(folder: Path) -> dict[str, Path]:
    """Path below the folder ("/" between its parts) → file, for every video file at any depth, in order of path.

    A video file is one with a known suffix. Hidden files and folders are left out, linked folders are not entered.
    Raises NotADirectoryError and, if there is no video, ValueError.
    """
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder}: no such folder; name a folder of videos")
    found: dict[str, Path] = {}
    for parent, folders, names in os.walk(folder, onerror=_raise):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(parent, name)
            if not name.startswith(".") and path.suffix.lower() in SUFFIXES:
                found[path.relative_to(folder).as_posix()] = path
    if not found:
        raise ValueError(f"{folder}: no video in it; expected files that end in {', '.join(SUFFIXES)}")
    return dict(sorted(found.items()))


def printable(name: str) -> str:
    """A file name safe for a terminal: control characters and bytes that are not UTF-8 are shown as \\x…."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape", "surrogatepass").decode()
        for character in name
    )


def _raise(error: OSError) -> None:
    raise error
