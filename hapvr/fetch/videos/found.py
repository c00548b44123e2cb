"""The user's folder of videos of a published dataset."""

import os
from collections.abc import Iterator
from pathlib import Path

from hapvr.fetch.videos.memory import HIDDEN
from hapvr.fetch.videos.pattern import Pattern
from hapvr.video import SUFFIXES

FORMATS = {suffix: -number for number, suffix in enumerate(SUFFIXES)}


def find_videos(folder: Path, pattern: Pattern) -> dict[str, Path]:
    """video id → file, from the folder and the folders in it; none if there is no such folder.

    Of several files of one video that in the first format of SUFFIXES, and of those the last by path, is taken.
    """
    found = {pattern.id_of(path): path for _, path in sorted(_walk(folder))}
    return {video: folder / path for video, path in found.items() if video is not None}


def _walk(folder: Path) -> Iterator[tuple[int, str]]:
    """How good the format is, and the path below the folder, of what is named like a video and is a file.

    Plain text: there may be hundreds of thousands.
    """
    for here, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name != HIDDEN]
        below = os.path.relpath(here, folder)
        for name in names:
            good = FORMATS.get(os.path.splitext(name)[1].lower())
            if good is not None and os.path.isfile(os.path.join(here, name)):
                yield good, name if below == "." else f"{below}/{name}"
