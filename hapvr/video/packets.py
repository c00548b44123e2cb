"""What a container tells about its frames before any is decoded."""

from dataclasses import dataclass
from pathlib import Path

import av

from hapvr.video.clock import Clock
from hapvr.video.damage import declared_end_s
from hapvr.video.errors import NotExactError
from hapvr.video.request import Request
from hapvr.video.rule import Choice, chosen
from hapvr.video.source import explain, opened


@dataclass(frozen=True)
class PacketTable:
    """Frames of an undamaged file in presentation order.

    ticks: presentation timestamps in the stream's unit; times_s: the same in seconds from the start; end_s: when the
    last frame ends.
    """

    ticks: list[int]
    times_s: list[float]
    end_s: float

    def choices(self, fps: float) -> list[Choice]:
        """The sampled frames."""
        return [choice for choice, _ in chosen(((time_s, None) for time_s in self.times_s), lambda: self.end_s, fps)]


def packet_table(path: Path, request: Request, codecs: set[str]) -> PacketTable:
    """Reads the packets of a file in one of `codecs`.

    Raises NotExactError where packets do not tell which frames there are: another codec, missing, repeated or early
    timestamps, damage, a limit exceeded. Raises DecodeError if the file cannot be opened.
    """
    with opened(path, request) as (container, stream):
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
        ordered = sorted(durations)
        times_s = [clock.seconds(ticks) for ticks in ordered]
        limits = request.limits
        if not times_s or times_s[0] < 0 or times_s[-1] > limits.duration_s or len(times_s) > limits.frames:
            raise NotExactError("no packets, or timestamps beyond the limits")
        end_s = times_s[-1] + clock.lasting_s(durations[ordered[-1]], times_s[-1] - times_s[-2:][0])
        if end_s + limits.missing_s < declared_end_s(container, stream):
            raise NotExactError("ends early")
        return PacketTable(ordered, times_s, end_s)
