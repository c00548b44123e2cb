"""From a video file to sampled frames: which frames, by which decoder, and what to do when it is damaged."""

from typing import Any

# By which a video file is known; best first, for a video that is there in several formats.
SUFFIXES = (
    ".mp4", ".mkv", ".webm", ".m4v", ".mov", ".flv", ".avi", ".wmv", ".mpg", ".mpeg", ".3gp", ".asf", ".rm", ".rmvb",
    ".ts", ".m2ts", ".mts", ".vob", ".ogv", ".mxf", ".gif",
)  # fmt: skip


def __getattr__(name: str) -> Any:
    """`sample`, `Sample` and `DecodeError`, imported when asked for: options of this package are read without PyAV."""
    match name:
        case "sample" | "Sample":
            from hapvr.video import readers

            return getattr(readers, name)
        case "DecodeError":
            from hapvr.video.picture import DecodeError

            return DecodeError
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
