"""What a container tells about its frames before any is decoded."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av

from hapvr.video.clock import Choice, Clock, choose_frames, declared_end_s
from hapvr.video.options import Request
from hapvr.video.picture import NotExactError
from hapvr.video.source import explain, open_video


@dataclass(frozen=True)
class PacketTable:
    """Frames of an undamaged file in presentation order.

    times: of each frame from the start, in units of `unit_s` seconds; start: what has to be added for the stream's own
    timestamps; end: when the last frame ends.
    """

    times: list[int]
    end: int
    start: int
    unit_s: Fraction

    def choices(self, fps: float) -> list[Choice]:
        """The sampled frames."""
        frames = ((time, None) for time in self.times)
        return [choice for choice, _ in choose_frames(frames, lambda: self.end, Fraction(fps) * self.unit_s)]


def read_packet_table(path: Path, request: Request, codecs: set[str]) -> PacketTable:
    """Reads the packets of a file in one of `codecs`.

    Raises NotExactError where packets do not tell which frames there are: another codec, missing, repeated or early
    timestamps, damage, a limit exceeded. Raises DecodeError if the file cannot be opened.
    """
    with open_video(path, request) as (container, stream):
        codec = stream.codec_context.codec.canonical_name
        if codec not in codecs:
            raise NotExactError(f"codec {codec}")
        durations: dict[int, int] = {}
        try:
            for packet in container.demux(stream):
                if packet.size:
                    ticks = packet.pts
                    if ticks is None or ticks in durations or packet.is_corrupt or packet.is_discard:
                        raise NotExactError("packets without a timestamp of their own, or damaged, or not to be shown")
                    durations[ticks] = packet.duration or 0
        except av.error.FFmpegError as error:
            raise NotExactError(explain(error)) from error
        clock = Clock(container, stream)
        times = sorted(ticks - clock.start for ticks in durations)
        limits = request.limits
        if not times or times[0] < 0 or clock.seconds(times[-1]) > limits.duration_s or len(times) > limits.frames:
            raise NotExactError("no packets, or timestamps beyond the limits")
        end = times[-1] + clock.duration_of(durations[times[-1] + clock.start], times[-1] - times[-2:][0])
        if clock.seconds(end) + limits.missing_s < declared_end_s(container, stream):
            raise NotExactError("ends early")
        return PacketTable(times, end, clock.start, clock.unit_s)
