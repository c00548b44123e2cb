"""From a video file to sampled frames: which frames, by which decoder, and what to do when it is damaged."""

from typing import Any


def __getattr__(name: str) -> Any:
    """`sample`, `Sample` and `DecodeError`, imported when asked for: options of this package are read without PyAV."""
    match name:
        case "sample" | "Sample":
            from hapvr.video import sampling

            return getattr(sampling, name)
        case "DecodeError":
            from hapvr.video.errors import DecodeError

            return DecodeError
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
