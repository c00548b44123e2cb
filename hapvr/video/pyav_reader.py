"""Sequential decoding by PyAV: exact for every codec."""

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter

from hapvr.video.clock import Clock
from hapvr.video.errors import DecodeError
from hapvr.video.geometry import centre_crop, resized, upright
from hapvr.video.picture import Picture
from hapvr.video.rule import first_sample
from hapvr.video.source import explain, opened

DECODER = f"pyav {av.__version__}"
# The same pixels on every processor, at a few per cent of the time.
SCALING = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.BITEXACT


def pictures(path: Path, fps: float, size: int | None) -> Iterator[Picture]:
    """Sampled frames in order of time. Raises DecodeError."""
    with opened(path) as (container, stream):
        clock, convert = Clock(container, stream), Converter(size)
        held: VideoFrame | None = None
        held_s, index, sample = 0.0, -1, 0
        try:
            for frame in container.decode(stream):
                now_s = clock.read(frame)
                due = first_sample(now_s, fps)
                if held is None:
                    sample = due
                elif sample < due:
                    picture = Picture(convert(held), held_s, index)
                    yield from [picture] * (due - sample)
                    sample = due
                held, held_s, index = frame, now_s, index + 1
        except av.error.FFmpegError as error:
            raise DecodeError(f"{path}: damaged after {held_s:.3f} s: {explain(error)}") from error
        if held is None:
            raise DecodeError(f"{path}: no frame in it can be decoded")
        due = max(first_sample(clock.end(held), fps), 1 if sample == 0 else 0)
        yield from [Picture(convert(held), held_s, index)] * (due - sample)


class Converter:
    """Turns decoded frames into upright RGB images of the wanted size."""

    def __init__(self, size: int | None) -> None:
        self._size = size
        self._reformatter = VideoReformatter()

    def __call__(self, frame: VideoFrame) -> np.ndarray:
        width, height = resized(frame.width, frame.height, self._size)
        scaled = self._reformatter.reformat(frame, width, height, "rgb24", interpolation=SCALING, threads=1)
        return centre_crop(upright(scaled.to_ndarray(), frame.rotation), self._size)
