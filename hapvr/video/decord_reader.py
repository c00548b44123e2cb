"""Reading with decord, where it is exact. To be called in a child process only.

decord 0.6.0 can hang for ever or crash on damaged files, hides damaged frames, and on a sparse read gives wrong frames
of MPEG-4 with B-frames, WMV and MPEG-1. So: only these codecs and containers, only if its table of frames equals the
packets', frames in ascending order, and nothing said on standard error.
"""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

from hapvr.video.options import Request
from hapvr.video.packets import PacketTable, read_packet_table
from hapvr.video.picture import NotExactError, Picture, crop_centre, fit_size
from hapvr.video.source import open_video

CODECS = {"h264", "hevc", "vp8", "vp9"}
# First bytes by which every FFmpeg recognises a container beyond doubt: decord's own has no list of allowed containers,
# and may not take the same file for a playlist.
SIGNATURES = {0: (b"\x1a\x45\xdf\xa3", b"FLV\x01"), 4: (b"ftyp",), 8: (b"AVI ",)}
TOLERANCE_S = 1e-3  # by which decord's times, stored as float32, may differ
# A failing decoder is an error from the first frame on, never a repeated frame.
NO_FAULT = 1e-9


def read_with_decord(path: Path, request: Request) -> Iterator[Picture]:
    """Sampled frames in order of time.

    Raises NotExactError, perhaps after some frames, where the right frames are not certain; what came before is void.
    """
    table = read_packet_table(path, request, CODECS)
    _check_signature(path)
    width, height = _measure_upright(path, request)
    with _hear_complaints() as heard:
        import decord
        from decord._ffi.base import DECORDLimitReachedError

        decord.logging.set_level(decord.logging.ERROR)
        try:
            reader = decord.VideoReader(str(path), decord.cpu(0), width, height, num_threads=1, fault_tol=NO_FAULT)
            _check_frames(reader, table)
            yield from _read_ascending(reader, table, request)
            # Otherwise decord goes on decoding in the background, hundreds of megabytes ahead.
            reader.seek(0)
        except (decord.DECORDError, DECORDLimitReachedError, RuntimeError, AssertionError, StopIteration) as error:
            raise NotExactError(f"decord: {str(error).splitlines()[-1:]}") from error
        if os.fstat(heard.fileno()).st_size:
            raise NotExactError("decord reports errors")


def _read_ascending(reader: Any, table: PacketTable, request: Request) -> Iterator[Picture]:
    """The sampled frames without a seek, to the end: decord notices frames that it has lost on the way only there.

    It loses those that an HEVC decoder leaves out where it starts inside of an open group of pictures.
    """
    at, image = -1, np.empty(0, np.uint8)
    for choice in table.choices(request.fps):
        if choice.frame > at:
            image = crop_centre(_advance(reader, at, choice.frame), request.size)
            at = choice.frame
        yield Picture(image, float(choice.time * table.unit_s), choice.frame)
    if at < len(table.times) - 1:
        _advance(reader, at, len(table.times) - 1)


def _advance(reader: Any, at: int, to: int) -> np.ndarray:
    """Frame `to`, [H, W, 3], after frame `at` was read."""
    if to > at + 1:
        reader.skip_frames(to - at - 1)
    return np.asarray(reader.next().asnumpy())


def _check_signature(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(16)
    if not any(head.startswith(mark, at) for at, marks in SIGNATURES.items() for mark in marks):
        raise NotExactError("a container that only PyAV is trusted with")


def _measure_upright(path: Path, request: Request) -> tuple[int, int]:
    """Width and height that decord is to scale to: of the upright picture, by the first frame."""
    with open_video(path, request) as (container, stream):
        frame = next(container.decode(stream), None)
        if frame is None:
            raise NotExactError("no first frame")
        turned = round(frame.rotation / 90) % 2
        width, height = (frame.height, frame.width) if turned else (frame.width, frame.height)
        return fit_size(width, height, request.resize)


def _check_frames(reader: Any, table: PacketTable) -> None:
    """decord's table of frames has to be the packets'; its times are float32, counted from another start."""
    if len(reader) != len(table.times):
        raise NotExactError(f"decord finds {len(reader)} frames, {len(table.times)} announced")
    times_s = reader.get_frame_timestamp(np.arange(len(reader)))[:, 0].astype(np.float64)
    expected = np.array(table.times) * float(table.unit_s)
    differs = np.abs((times_s - times_s[0]) - (expected - expected[0]))
    if (differs > TOLERANCE_S + 2 * np.spacing(times_s.astype(np.float32))).any():
        raise NotExactError("decord's timestamps differ from the packets'")


@contextmanager
def _hear_complaints() -> Iterator[IO[bytes]]:
    """Collects what FFmpeg inside decord writes to standard error; its errors reach nobody otherwise."""
    with tempfile.TemporaryFile() as heard:
        before = os.dup(2)
        os.dup2(heard.fileno(), 2)
        try:
            yield heard
        finally:
            os.dup2(before, 2)
            os.close(before)
