"""Opening untrusted video files: local regular files of known containers only."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from hapvr.video.errors import DecodeError

# Demuxers that read one file. Playlists, concatenations and image sequences, which open further files, are not here.
CONTAINERS = (
    "mov", "matroska", "avi", "flv", "mpeg", "mpegts", "mpegvideo", "asf", "ogg", "rm", "ivf", "nut", "mxf", "gxf",
    "h264", "hevc", "av1", "obu", "m4v", "dv", "swf", "vob", "mjpeg", "h263", "vc1", "y4m", "yuv4mpegpipe", "gif",
)  # fmt: skip


@contextmanager
def opened(path: Path) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Opens a file and its main video stream, to be decoded by one thread. Raises DecodeError."""
    if not path.is_file():
        raise DecodeError(f"{path}: not a regular file")
    options = {"protocol_whitelist": "file", "format_whitelist": ",".join(CONTAINERS)}
    try:
        container = av.open(f"file:{path}", container_options=options, metadata_errors="replace")
    except (av.error.FFmpegError, ValueError, OverflowError) as error:
        raise DecodeError(f"{path}: not a video file that can be opened: {explain(error)}") from error
    with container:
        stream = container.streams.best("video")
        if not isinstance(stream, VideoStream) or stream.codec_context is None:
            raise DecodeError(f"{path}: no video stream with a known codec in it")
        stream.codec_context.thread_count = 1
        yield container, stream


def explain(error: BaseException) -> str:
    """An FFmpeg error without the path that PyAV repeats in it."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
