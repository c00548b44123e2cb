"""Picture size and length of files of which nothing is known, read in a child process that may be killed."""

import multiprocessing
import struct
from collections.abc import Iterable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

from hapvr.video.child import confine
from hapvr.video.clock import declared_end_s
from hapvr.video.job import _without_main
from hapvr.video.options import Frames, Request
from hapvr.video.readers import LIMITS
from hapvr.video.source import open_video

MESSAGE = struct.Struct("<iid")


class Shape(NamedTuple):
    """Of a video: pixels, and seconds as its header has them; 0 where it does not say."""

    width: int
    height: int
    seconds: float


UNKNOWN = Shape(0, 0, 0.0)


def probe(paths: Iterable[Path], options: Frames) -> list[Shape]:
    """The shape of each file; UNKNOWN of one that cannot be opened in time."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["hapvr.video.child"])
    return [_probe(context, path.resolve(), options) for path in paths]


def _probe(context: multiprocessing.context.ForkServerContext, path: Path, options: Frames) -> Shape:
    ours, theirs = context.Pipe(duplex=False)
    limits = options.limits
    child = context.Process(target=_tell, args=(path, theirs, limits.memory_gb, limits.wall_s), daemon=True)
    with _without_main():
        child.start()
    theirs.close()
    try:
        return Shape(*MESSAGE.unpack(ours.recv_bytes())) if ours.poll(limits.wall_s) else UNKNOWN
    except (EOFError, OSError, struct.error):
        return UNKNOWN
    finally:
        child.kill()
        child.join()
        ours.close()


def _tell(path: Path, connection: Connection, memory_gb: float, wall_s: float) -> None:
    """Body of the child."""
    confine(memory_gb=memory_gb, wall_s=wall_s)
    with open_video(path, Request(1, None, None, LIMITS)) as (container, stream):
        codec = stream.codec_context
        connection.send_bytes(MESSAGE.pack(codec.width, codec.height, declared_end_s(container, stream)))
