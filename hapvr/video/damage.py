"""Which part of a video cannot be trusted."""

import math
from bisect import bisect_right

from av.container import InputContainer
from av.video.stream import VideoStream

from hapvr.video.clock import MICROSECOND

# Containers whose header says how long the video is; elsewhere FFmpeg estimates it from the bit rate.
HEADER_HAS_DURATION = {"mov", "matroska", "avi", "flv", "asf"}


class Damage:
    """Damaged stretches of a video, in seconds from the start.

    What follows a damaged frame is predicted from it, so a stretch lasts until the next keyframe.
    """

    def __init__(self) -> None:
        self._keyframes: list[float] = []
        self._begins: list[float] = []
        self._first_reason = ""

    def __bool__(self) -> bool:
        return bool(self._begins)

    def __str__(self) -> str:
        more = len(self._begins) - 1
        return self._first_reason + (f", and {more} more" if more else "")

    def keyframe(self, time_s: float) -> None:
        """The decoder starts afresh at `time_s`."""
        self._keyframes.append(time_s)

    def found(self, time_s: float, reason: str) -> None:
        """Something is wrong from `time_s` on."""
        self._begins.append(time_s)
        self._first_reason = self._first_reason or reason

    def touches(self, from_s: float, to_s: float) -> bool:
        """Whether anything from `from_s` until before `to_s` is damaged, as far as is known."""
        return any(begin < to_s and from_s < self._end(begin) for begin in self._begins)

    def _end(self, begin_s: float) -> float:
        after = bisect_right(self._keyframes, begin_s)
        return self._keyframes[after] if after < len(self._keyframes) else math.inf


def declared_end_s(container: InputContainer, stream: VideoStream) -> float:
    """When the file's header says that the video ends, in seconds from its start; 0 if it does not say."""
    formats = set(container.format.name.split(","))
    if "mov" in formats and stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    if formats & HEADER_HAS_DURATION:
        # Counted from 0 even if the video starts later.
        return float(((container.duration or 0) - max(container.start_time or 0, 0)) * MICROSECOND)
    return 0.0
