"""One sampled frame, and how decoded frames become one."""

from dataclasses import dataclass

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter

from hapvr.video.errors import DecodeError
from hapvr.video.geometry import centre_crop, resized, upright
from hapvr.video.request import Request

# As `ffmpeg` and decord scale, so that the pixels do not depend on the decoder.
SCALING = Interpolation.BICUBIC


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
        # A stream may change its size midway; without a wanted size the first one rules.
        self._whole = self._whole or (frame.width, frame.height)
        size = self._request.size
        width, height = self._whole if size is None else resized(frame.width, frame.height, size)
        scaled = self._reformatter.reformat(frame, width, height, "rgb24", interpolation=SCALING, threads=1)
        return centre_crop(upright(scaled.to_ndarray(), frame.rotation), size)


def check_side(width: int, height: int, request: Request) -> None:
    """Raises DecodeError for a picture that is larger than the limit, or that would be after resizing."""
    limit = request.limits.side
    if max(width, height) > limit or (min(width, height) > 0 and max(resized(width, height, request.size)) > limit):
        raise DecodeError(f"pictures of {width} × {height} pixels, more than the limit of {limit} a side")
