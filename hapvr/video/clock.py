"""When a decoded frame is shown."""

from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

MICROSECOND = 1e-6  # unit of a container's own times


class Clock:
    """Times of decoded frames in seconds from the container's start, which is where `ffmpeg` starts to count.

    Some containers (AVI) have no presentation timestamps, others wrong ones. Like `ffmpeg`, take the decoding timestamp
    where the other is missing or has gone backwards more often.
    """

    def __init__(self, container: InputContainer, stream: VideoStream) -> None:
        self._unit_s = float(stream.time_base or MICROSECOND)
        self._start_s = (container.start_time or 0) * MICROSECOND
        self._period_s = 1 / float(stream.average_rate) if stream.average_rate else 0.0
        self._last_pts = self._last_dts = -(2**63)
        self._wrong_pts = self._wrong_dts = 0
        self._now_s: float | None = None
        self._lasts_s = 0.0

    def seconds(self, ticks: int) -> float:
        """A timestamp of the stream in seconds from the start."""
        return ticks * self._unit_s - self._start_s

    def read(self, frame: VideoFrame) -> float:
        """Time of the next decoded frame; to be called once for each, in the decoder's order."""
        ticks = self._trusted(frame.pts, frame.dts)
        before_s = self._now_s
        self._now_s = self.end_s() if ticks is None else self.seconds(ticks)
        since_s = 0.0 if before_s is None else max(self._now_s - before_s, 0.0)
        self._lasts_s = self.lasting_s(frame.duration, since_s)
        return self._now_s

    def lasting_s(self, duration: int | None, since_s: float) -> float:
        """How long a last frame lasts: its own duration, else as long as the frame before it, `since_s`."""
        return (duration or 0) * self._unit_s or since_s or self._period_s

    def end_s(self) -> float:
        """When the last frame read ends."""
        return 0.0 if self._now_s is None else self._now_s + self._lasts_s

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
