"""Which frames are sampled: timestamps decide, as in `ffmpeg -vf fps=…`."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

Frame = TypeVar("Frame")


@dataclass(frozen=True)
class Choice:
    """Sample number `sample` is the frame `frame`, in presentation order, shown at `time`."""

    sample: int
    frame: int
    time: int


def first_sample(time: int, rate: Fraction) -> int:
    """Number of the first sample that a frame at `time` can be, at `rate` samples per unit of time.

    Sample k is the last frame with time < (k + 0.5) / rate. Whole numbers throughout: at 24 frames/s every 24th frame
    lies on such a border, and which side of it is not left to rounding.
    """
    return (2 * time * rate.numerator + rate.denominator) // (2 * rate.denominator)


def chosen(
    frames: Iterable[tuple[int, Frame]], end: Callable[[], int], rate: Fraction
) -> Iterator[tuple[Choice, Frame]]:
    """Gives the sampled ones of (time, frame) pairs in presentation order, in order of samples.

    end is called after the last frame and tells when that one ends. A frame comes several times where the video has
    fewer frames than samples; a video that ends before its first border still gives its last frame.
    """
    first = sample = 0
    shown: tuple[int, int, Frame] | None = None
    for index, (now, frame) in enumerate(frames):
        due = first_sample(now, rate)
        if shown is None:
            first = sample = due
        else:
            yield from _numbered(range(sample, due), *shown)
        sample, shown = max(sample, due), (index, now, frame)
    if shown is not None:
        yield from _numbered(range(sample, max(first_sample(end(), rate), first + 1)), *shown)


def _numbered(samples: range, index: int, time: int, frame: Frame) -> Iterator[tuple[Choice, Frame]]:
    for sample in samples:
        yield Choice(sample, index, time), frame
