"""How frames are sampled."""

from dataclasses import dataclass
from typing import Literal, Self

from pydantic import Field, model_validator

from hapvr.section import Section


class FrameLimits(Section):
    """What one video may cost and be; beyond it, it is a row in failures.csv."""

    wall_s: float = Field(gt=0, description="seconds that one decoder may take for one video, then it is killed")
    memory_gb: float = Field(ge=0.5, description="memory of the process that decodes one video")
    side: int = Field(ge=32, description="longest side of a picture, pixels")
    duration_s: float = Field(gt=0, description="time of the last frame")
    frames: int = Field(ge=1, description="frames in the file")
    missing_s: float = Field(ge=0, description="a video that ends so much before its header says is damaged")


class Frames(Section):
    fps: float = Field(gt=0, le=60, description="sampled frames per second of video")
    resize: int = Field(ge=32, le=2048, description="short side to which a picture is scaled, pixels; at least size")
    size: int = Field(ge=32, le=1024, description="side of the central square that is kept of it, pixels")
    jpeg_quality: int = Field(ge=1, le=100, description="quality at which sampled frames are stored")
    decoder: Literal["auto", "decord", "pyav"] = Field(
        description="auto: decord where it is exact, PyAV elsewhere; decord: nothing but decord; pyav: nothing but PyAV"
    )
    policy: Literal["salvage", "reject"] = Field(
        description="salvage: keep the undamaged frames of a damaged video; reject: keep none"
    )
    minimum_s: float = Field(ge=0, description="seconds of undamaged frames below which nothing is salvaged")
    limits: FrameLimits
    workers: int = Field(ge=1, description="videos decoded at the same time; does not change the result")

    @model_validator(mode="after")
    def check_sizes(self) -> Self:
        """The square that is kept lies inside of the scaled picture."""
        check_square(self.resize, self.size)
        return self


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
    """Sample `fps` frames per second.

    resize: pixels that the short side becomes; None: as it is. size: side of the central square that is kept, at most
    `resize`; None: the whole picture.
    """

    fps: float
    resize: int | None
    size: int | None
    limits: Limits

    def __post_init__(self) -> None:
        check_square(self.resize, self.size)


def check_square(resize: int | None, size: int | None) -> None:
    """Raises ValueError if a square of `size` pixels is larger than a picture with a short side of `resize`."""
    if size is not None and (resize is None or resize < size):
        raise ValueError(f"resize: expected at least size, {size}, found {resize}")
