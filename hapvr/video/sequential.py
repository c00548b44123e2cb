"""Reading every frame with PyAV: exact for every codec, and aware of damage."""

from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from hapvr.video.clock import Clock
from hapvr.video.damage import Damage, declared_end_s
from hapvr.video.errors import DecodeError
from hapvr.video.picture import Converter, Picture
from hapvr.video.request import Limits, Request
from hapvr.video.rule import chosen
from hapvr.video.source import explain, opened

# A decoder shows a damaged frame up to this many frames after those that were predicted from it (H.264, HEVC).
REORDERED = 16


def read_sequentially(path: Path, request: Request) -> Iterator[Picture]:
    """Sampled frames in order of time, without the damaged ones.

    Raises DecodeError after the last readable frame if anything is wrong with the file.
    """
    with opened(path, request) as (container, stream):
        damage, clock, convert = Damage(), Clock(container, stream), Converter(request)
        frames = _within(_decoded(container, stream, clock, damage), request.limits, clock, damage)
        pending: deque[tuple[int, Picture]] = deque()
        picture: Picture | None = None
        for choice, frame in chosen(frames, clock.end, Fraction(request.fps) * clock.unit_s):
            if picture is None or picture.index != choice.frame:
                picture = Picture(convert(frame), clock.seconds(choice.time), choice.frame)
            pending.append((choice.sample, picture))
            while pending[0][1].index + REORDERED <= choice.frame:
                yield from _undamaged(*pending.popleft(), damage, request.fps)
        for sample, picture in pending:
            yield from _undamaged(sample, picture, damage, request.fps)
        _check_end(clock, damage, declared_end_s(container, stream), request.limits)
        if damage:
            raise DecodeError(str(damage))


def _undamaged(sample: int, picture: Picture, damage: Damage, fps: float) -> Iterator[Picture]:
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


def _within(
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


def _decoded(
    container: InputContainer, stream: VideoStream, clock: Clock, damage: Damage
) -> Iterator[tuple[int, VideoFrame]]:
    """Every frame with its time. Notes damage; what the decoder rejects is left out."""
    begins: dict[int | None, float] = {}
    for packet in _packets(container, stream, clock, damage):
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


def _packets(container: InputContainer, stream: VideoStream, clock: Clock, damage: Damage) -> Iterator[Packet | None]:
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
