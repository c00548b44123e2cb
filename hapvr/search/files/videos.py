"""Which files of a folder are videos, and how their names are shown."""

import os
from collections.abc import Mapping
from pathlib import Path

from hapvr.video import SUFFIXES


class Videos(dict[str, Path]):
    """Path below a folder ("/" between its parts) → file, in order of path.

    unreadable: folders below it that cannot be listed, with "/" at the end → reason.
    """

    def __init__(self, files: Mapping[str, Path], unreadable: Mapping[str, str]) -> None:
        super().__init__(sorted(files.items()))
        self.unreadable = dict(sorted(unreadable.items()))


def check_folder(folder: Path) -> None:
    """Raises NotADirectoryError for anything but a folder."""
    if not folder.is_dir():
        raise NotADirectoryError(f"{folder}: no such folder; name a folder of videos")


def list_videos(folder: Path) -> Videos:
    """Every video file at any depth of a folder.

    A video file is one with a known suffix. Hidden files and folders are left out, linked folders are not entered.
    Raises NotADirectoryError; the system's error if the folder itself cannot be listed; ValueError without any video.
    """
    check_folder(folder)
    found: dict[str, Path] = {}
    unreadable: dict[str, str] = {}

    def note(error: OSError) -> None:
        where = Path(error.filename)
        if where == folder:
            raise error
        unreadable[f"{where.relative_to(folder).as_posix()}/"] = error.strerror or str(error)

    for parent, folders, names in os.walk(folder, onerror=note):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(parent, name)
            if not name.startswith(".") and path.suffix.lower() in SUFFIXES:
                found[path.relative_to(folder).as_posix()] = path
    if not found:
        closed = f"; it holds folders that cannot be listed: {printable(', '.join(unreadable))}" if unreadable else ""
        raise ValueError(f"{folder}: no video in it; expected files that end in {', '.join(SUFFIXES)}{closed}")
    return Videos(found, unreadable)


def printable(name: str) -> str:
    """A file name safe for a terminal: control characters and bytes that are not UTF-8 are shown as \\x…."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape", "surrogatepass").decode()
        for character in name
    )
