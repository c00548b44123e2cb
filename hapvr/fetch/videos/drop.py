"""Deleting videos that were fetched, once their frames are stored. The user's own files are never deleted."""

from collections.abc import Iterable
from pathlib import Path

from hapvr.fetch.videos.memory import DELETED, FETCHED, Memory
from hapvr.storage.frames import frame_counts


def still_stored(frames_files: Iterable[Path], memory: Memory) -> set[str]:
    """Videos that were deleted once their frames were stored, as long as those are there."""
    stored = (video for file in frames_files if file.exists() for video in frame_counts(file))
    return {video for video in stored if (last := memory.get(video)) is not None and last.what == DELETED}


def delete_fetched(videos: Iterable[str], folder: Path, memory: Memory) -> int:
    """Deletes those of the videos that were fetched into the folder, says so in `memory`, and gives how many bytes.

    Only a regular file of the name and size that it was fetched with is deleted.
    """
    freed = 0
    for video in videos:
        last = memory.get(video)
        if last is None or last.what != FETCHED or not last.file:
            continue
        file = folder / last.file
        ours = file.resolve().is_relative_to(folder.resolve()) and file.is_file() and not file.is_symlink()
        if ours and file.stat().st_size == last.bytes:
            memory.add(video, DELETED, last.file, last.bytes)
            file.unlink()
            freed += last.bytes
    return freed
