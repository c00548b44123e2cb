"""One sampled frame, how a decoded frame becomes one, and what can be wrong with a video."""

from dataclasses import dataclass

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter

from hapvr.video.options import Request

# As `ffmpeg` and decord scale, so that the pixels do not depend on the decoder.
SCALING = Interpolation.BICUBIC


class DecodeError(ValueError):
    """A video cannot be read, or not as a whole; the message says why, and what may be done about it."""


class NotExactError(DecodeError):
    """A decoder cannot promise the right frames of this file; another one may."""


@dataclass(frozen=True)
class Picture:
    """image: [H, W, 3] uint8; timestamp: seconds from the start; index: frame number in presentation order."""

    image: np.ndarray
    timestamp: float
    index: int


class Converter:
    """Turns decoded frames into upright RGB images of the wanted size, all of one shape."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._reformatter = VideoReformatter()
        self._whole: tuple[int, int] | None = None

    def __call__(self, frame: VideoFrame) -> np.ndarray:
        """Raises DecodeError if the frame is larger than the limit."""
        check_side(frame.width, frame.height, self._request)
        fitted, size = fit_size(frame.width, frame.height, self._request.resize), self._request.size
        # A stream may change its shape midway; of whole pictures the first one rules.
        self._whole = self._whole or fitted
        width, height = self._whole if size is None else fitted
        scaled = self._reformatter.reformat(frame, width, height, "rgb24", interpolation=SCALING, threads=1)
        return crop_centre(turn_upright(scaled.to_ndarray(), frame.rotation), size)


def check_side(width: int, height: int, request: Request) -> None:
    """Raises DecodeError for a picture that is larger than the limit, or that would be after resizing."""
    limit = request.limits.side
    if max(width, height) > limit or (min(width, height) > 0 and max(fit_size(width, height, request.resize)) > limit):
        raise DecodeError(f"pictures of {width} × {height} pixels, more than the limit of {limit} a side")


def fit_size(width: int, height: int, resize: int | None) -> tuple[int, int]:
    """Width and height after the short side is made `resize` pixels, aspect kept; unchanged without."""
    if resize is None:
        return width, height
    short = min(width, height)
    return max(resize, round(width * resize / short)), max(resize, round(height * resize / short))


def turn_upright(image: np.ndarray, rotation: int) -> np.ndarray:
    """Turns a picture [H, W, 3] counterclockwise by `rotation` degrees, to the nearest quarter turn."""
    return np.rot90(image, round(rotation / 90) % 4)


def crop_centre(image: np.ndarray, size: int | None) -> np.ndarray:
    """The central size × size pixels of [H, W, 3]; the whole picture without a size."""
    if size is None:
        return np.ascontiguousarray(image)
    top, left = (image.shape[0] - size) // 2, (image.shape[1] - size) // 2
    return np.ascontiguousarray(image[top : top + size, left : left + size])
