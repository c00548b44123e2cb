"""Reading every frame with PyAV: exact for every codec, and aware of which parts cannot be trusted."""

import math
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from hapvr.video.clock import Clock, choose_frames, declared_end_s
from hapvr.video.options import Limits, Request
from hapvr.video.picture import Converter, DecodeError, Picture
from hapvr.video.source import explain, open_video

# A decoder shows a damaged frame up to this many frames after those that were predicted from it (H.264, HEVC).
REORDERED = 16


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


def read_sequentially(path: Path, request: Request) -> Iterator[Picture]:
    """Sampled frames in order of time, without the damaged ones.

    Raises DecodeError after the last readable frame if anything is wrong with the file.
    """
    with open_video(path, request) as (container, stream):
        damage, clock, convert = Damage(), Clock(container, stream), Converter(request)
        frames = _stop_at_limits(_decode_all(container, stream, clock, damage), request.limits, clock, damage)
        pending: deque[tuple[int, Picture]] = deque()
        picture: Picture | None = None
        for choice, frame in choose_frames(frames, clock.end, Fraction(request.fps) * clock.unit_s):
            if picture is None or picture.index != choice.frame:
                picture = Picture(convert(frame), clock.seconds(choice.time), choice.frame)
            pending.append((choice.sample, picture))
            while pending[0][1].index + REORDERED <= choice.frame:
                yield from _drop_damaged(*pending.popleft(), damage, request.fps)
        for sample, picture in pending:
            yield from _drop_damaged(sample, picture, damage, request.fps)
        _check_end(clock, damage, declared_end_s(container, stream), request.limits)
        if damage:
            raise DecodeError(str(damage))


def _drop_damaged(sample: int, picture: Picture, damage: Damage, fps: float) -> Iterator[Picture]:
    """The picture, unless damage begins before the time at which the next sample takes over."""
    if not damage.touches(picture.timestamp, (sample + 0.5) / fps):
        yield picture


def _check_end(clock: Clock, damage: Damage, declared_s: float, limits: Limits) -> None:
    """Notes a video that ends early, or before it has begun."""
    end_s = clock.seconds(clock.end())
    if damage:
        return
    if not clock.started:
        damage.found(end_s, "no frame in it can be decoded")
    elif end_s + limits.missing_s < declared_s:
        damage.found(end_s, f"ends after {end_s:.3f} of {declared_s:.3f} s")


def _stop_at_limits(
    frames: Iterator[tuple[int, VideoFrame]], limits: Limits, clock: Clock, damage: Damage
) -> Iterator[tuple[int, VideoFrame]]:
    """Stops at the limits of duration and number of frames, and notes where time runs backwards."""
    latest_s = 0.0
    for count, (time, frame) in enumerate(frames):
        time_s = clock.seconds(time)
        excess = ""
        if time_s > limits.duration_s:
            excess = f"a frame at {time_s:.0f} s, the limit is {limits.duration_s:g} s"
        elif count >= limits.frames:
            excess = f"more than {limits.frames} frames, the limit"
        if excess:
            clock.take_back()
            return damage.found(clock.seconds(clock.end()), excess)
        if time_s < latest_s - limits.missing_s:
            damage.found(time_s, f"time runs back from {latest_s:.3f} to {time_s:.3f} s")
        latest_s = max(latest_s, time_s)
        yield time, frame


def _decode_all(
    container: InputContainer, stream: VideoStream, clock: Clock, damage: Damage
) -> Iterator[tuple[int, VideoFrame]]:
    """Every frame with its time. Notes damage; what the decoder rejects is left out."""
    begins: dict[int | None, float] = {}
    for packet in _read_packets(container, stream, clock, damage):
        begin_s = clock.seconds(clock.end())
        if packet is not None and packet.pts is not None:
            # Frames that are shown before this one but decoded after it may be predicted from it.
            earliest = packet.pts if packet.dts is None else min(packet.pts, packet.dts)
            begin_s = begins[packet.pts] = clock.seconds(earliest - clock.start)
            if packet.is_keyframe and not packet.is_corrupt:
                damage.keyframe(clock.seconds(packet.pts - clock.start))
        if packet is not None and packet.is_corrupt:
            damage.found(begin_s, f"incomplete data at {begin_s:.3f} s")
        try:
            frames = stream.codec_context.decode(packet)
        except MemoryError:
            raise
        except av.error.FFmpegError as error:
            damage.found(begin_s, f"undecodable at {begin_s:.3f} s: {explain(error)}")
            continue
        for frame in frames:
            time = clock.read(frame)
            if frame.is_corrupt:
                time_s = clock.seconds(time)
                damage.found(min(begins.get(frame.pts, time_s), time_s), f"damaged picture at {time_s:.3f} s")
            begins.pop(frame.pts, None)
            yield time, frame


def _read_packets(
    container: InputContainer, stream: VideoStream, clock: Clock, damage: Damage
) -> Iterator[Packet | None]:
    """Every packet of the stream, then None, which makes the decoder give what it still holds."""
    try:
        for packet in container.demux(stream):
            if packet.size:
                yield packet
    except MemoryError:
        raise
    except av.error.FFmpegError as error:
        end_s = clock.seconds(clock.end())
        damage.found(end_s, f"unreadable after {end_s:.3f} s: {explain(error)}")
    yield None
