"""When a decoded frame is shown."""

from fractions import Fraction

from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

MICROSECOND = Fraction(1, 1_000_000)  # unit of a container's own times


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
        ticks = self._trusted(frame.pts, frame.dts)
        before = self._now
        self._previous = before, self._lasts
        self._now = self.end() if ticks is None else ticks - self.start
        self._lasts = self.lasting(frame.duration, 0 if before is None else max(self._now - before, 0))
        return self._now

    def take_back(self) -> None:
        """Forgets the last frame read."""
        self._now, self._lasts = self._previous

    def lasting(self, duration: int | None, since: int) -> int:
        """How long a last frame lasts: its own duration, else as long as the frame before it, `since`."""
        return duration or since or self._period

    def end(self) -> int:
        """When the last frame read ends."""
        return 0 if self._now is None else self._now + self._lasts

    def _trusted(self, pts: int | None, dts: int | None) -> int | None:
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
