"""Which frames are sampled: timestamps decide, as in `ffmpeg -vf fps=…`."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

# Containers round timestamps to their time base (Matroska, FLV: 1 ms): a frame meant for a border may lie this far off.
TOLERANCE_S = 1e-3

Frame = TypeVar("Frame")


@dataclass(frozen=True)
class Choice:
    """Sample number `sample` is the frame `frame`, in presentation order, shown at `time_s`."""

    sample: int
    frame: int
    time_s: float


def first_sample(time_s: float, fps: float) -> int:
    """Number of the first sample that a frame at `time_s` can be.

    Sample k is the last frame with time_s < (k + 0.5) / fps. A frame less than 1 ms before that border belongs to
    sample k + 1 already.
    """
    return math.floor((time_s + TOLERANCE_S) * fps + 0.5)


def border_s(sample: int, fps: float) -> float:
    """The time before which the frame of a sample is shown."""
    return (sample + 0.5) / fps


def chosen(
    frames: Iterable[tuple[float, Frame]], end_s: Callable[[], float], fps: float
) -> Iterator[tuple[Choice, Frame]]:
    """Gives the sampled ones of (time, frame) pairs in presentation order, in order of samples.

    end_s is called after the last frame and tells when that one ends. A frame comes several times where the video has
    fewer frames than `fps`; a video that ends before its first border still gives its last frame.
    """
    first = sample = 0
    shown: tuple[int, float, Frame] | None = None
    for index, (now_s, frame) in enumerate(frames):
        due = first_sample(now_s, fps)
        if shown is None:
            first = sample = due
        else:
            yield from _numbered(range(sample, due), *shown)
        sample, shown = max(sample, due), (index, now_s, frame)
    if shown is not None:
        yield from _numbered(range(sample, max(first_sample(end_s(), fps), first + 1)), *shown)


def _numbered(samples: range, index: int, time_s: float, frame: Frame) -> Iterator[tuple[Choice, Frame]]:
    for sample in samples:
        yield Choice(sample, index, time_s), frame
