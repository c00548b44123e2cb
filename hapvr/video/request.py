"""What is asked of a decoder."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What a video may be at most, and how much of its declared end may be missing.

    side: longest side, pixels; duration_s: time of the last frame; frames: decoded frames;
    missing_s: a video that ends so much earlier than its header says is cut off.
    """

    side: int
    duration_s: float
    frames: int
    missing_s: float


@dataclass(frozen=True)
class Request:
    """Sample `fps` frames per second; the short side becomes `size` pixels and the centre is kept (None: as it is)."""

    fps: float
    size: int | None
    limits: Limits
