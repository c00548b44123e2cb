"""Where a video of a dataset lies, and which names and places are refused."""

from collections.abc import Iterable
from pathlib import Path

from hapvr.video.errors import DecodeError


def check_id(video_id: str) -> None:
    """Raises DecodeError for an id that could name another place in a file system or an HDF5 file."""
    if not video_id or video_id in {".", ".."} or not video_id.isprintable() or set(video_id) & set("/\\"):
        raise DecodeError("refused: an id may not be empty, a folder, or have path separators or control characters")


def video_path(relative: str, folders: Iterable[Path]) -> Path:
    """The file at `relative` below the first of `folders`, symlinks followed.

    Raises DecodeError if it is not a regular file, or does not lie in one of the folders in the end.
    """
    allowed = [folder.resolve() for folder in folders]
    try:
        path = (allowed[0] / relative).resolve()
        regular = path.is_file()
    except (OSError, ValueError, RuntimeError) as error:
        raise DecodeError(f"refused: not a usable path: {type(error).__name__}") from error
    if not any(path.is_relative_to(folder) for folder in allowed):
        raise DecodeError("refused: lies outside of the dataset's folder")
    if not regular:
        raise DecodeError("no such file, or not a regular one")
    return path
