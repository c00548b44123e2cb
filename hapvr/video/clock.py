"""When decoded frames are shown, and which of them are sampled: timestamps decide, as in `ffmpeg -vf fps=…`."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

MICROSECOND = Fraction(1, 1_000_000)  # unit of a container's own times
# Containers whose header says how long the video is; elsewhere FFmpeg estimates it from the bit rate.
HEADER_HAS_DURATION = {"mov", "matroska", "avi", "flv", "asf"}

Frame = TypeVar("Frame")


class Clock:
    """Times of decoded frames, in the stream's unit, from the container's start, where `ffmpeg` starts to count.

    Whole numbers: a frame may lie on the border between two samples. Some containers (AVI) have no presentation
    timestamps, others wrong ones; like `ffmpeg`, take the decoding timestamp where the other is missing or has gone
    backwards more often.
    """

    def __init__(self, container: InputContainer, stream: VideoStream) -> None:
        self.unit_s = stream.time_base or MICROSECOND
        # Known to the microsecond only, yet a whole number of the stream's units.
        self.start = round((container.start_time or 0) * MICROSECOND / self.unit_s)
        self._period = round(1 / (stream.average_rate * self.unit_s)) if stream.average_rate else 0
        self._last_pts = self._last_dts = -(2**63)
        self._wrong_pts = self._wrong_dts = 0
        self._now: int | None = None
        self._lasts = 0
        self._previous: tuple[int | None, int] = self._now, self._lasts

    @property
    def started(self) -> bool:
        """Whether a frame has been read."""
        return self._now is not None

    def seconds(self, time: int) -> float:
        """A time of this clock in seconds."""
        return float(time * self.unit_s)

    def read(self, frame: VideoFrame) -> int:
        """Time of the next decoded frame; to be called once for each, in the decoder's order."""
        ticks = self._trust(frame.pts, frame.dts)
        before = self._now
        self._previous = before, self._lasts
        self._now = self.end() if ticks is None else ticks - self.start
        self._lasts = self.duration_of(frame.duration, 0 if before is None else max(self._now - before, 0))
        return self._now

    def take_back(self) -> None:
        """Forgets the last frame read."""
        self._now, self._lasts = self._previous

    def duration_of(self, duration: int | None, since: int) -> int:
        """How long a last frame lasts: its own duration, else as long as the frame before it, `since`."""
        return duration or since or self._period

    def end(self) -> int:
        """When the last frame read ends."""
        return 0 if self._now is None else self._now + self._lasts

    def _trust(self, pts: int | None, dts: int | None) -> int | None:
        if dts is not None:
            self._wrong_dts += dts <= self._last_dts
            self._last_dts = dts
        elif pts is not None:
            self._last_dts = pts
        if pts is not None:
            self._wrong_pts += pts <= self._last_pts
            self._last_pts = pts
        elif dts is not None:
            self._last_pts = dts
        return pts if pts is not None and (self._wrong_pts <= self._wrong_dts or dts is None) else dts


def declared_end_s(container: InputContainer, stream: VideoStream) -> float:
    """When the file's header says that the video ends, in seconds from its start; 0 if it does not say."""
    formats = set(container.format.name.split(","))
    if "mov" in formats and stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    if formats & HEADER_HAS_DURATION:
        # Counted from 0 even if the video starts later.
        return float(((container.duration or 0) - max(container.start_time or 0, 0)) * MICROSECOND)
    return 0.0


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


def choose_frames(
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
            yield from _number_samples(range(sample, due), *shown)
        sample, shown = max(sample, due), (index, now, frame)
    if shown is not None:
        yield from _number_samples(range(sample, max(first_sample(end(), rate), first + 1)), *shown)


def _number_samples(samples: range, index: int, time: int, frame: Frame) -> Iterator[tuple[Choice, Frame]]:
    for sample in samples:
        yield Choice(sample, index, time), frame
