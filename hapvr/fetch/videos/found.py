"""The user's folder of videos of a published dataset."""

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from hapvr.fetch.videos.memory import HIDDEN
from hapvr.fetch.videos.pattern import Pattern
from hapvr.video import SUFFIXES


def find_videos(folder: Path, pattern: Pattern) -> dict[str, Path]:
    """video id → file, from the folder and the folders in it; none if there is no such folder.

    Of several files of one video that in the first format of SUFFIXES, and of those the last by path, is taken.
    """
    files = sorted(_walk(folder), key=lambda path: (-SUFFIXES.index(path.suffix.lower()), path))
    found = {pattern.id_of(path): folder / path for path in files}
    return {video: path for video, path in found.items() if video is not None}


def _walk(folder: Path) -> Iterator[PurePosixPath]:
    """Paths below the folder of what is named like a video and is a file."""
    for here, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != HIDDEN]
        for name in names:
            path = Path(here, name)
            if path.suffix.lower() in SUFFIXES and path.is_file():
                yield PurePosixPath(path.relative_to(folder))
