"""Opening untrusted video files: local regular files of known containers only."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from hapvr.video.errors import DecodeError
from hapvr.video.picture import check_side
from hapvr.video.request import Request

# Demuxers that read one file. Playlists, concatenations and image sequences, which open further files, are not here.
CONTAINERS = (
    "mov", "matroska", "avi", "flv", "mpeg", "mpegts", "mpegvideo", "asf", "ogg", "rm", "ivf", "nut", "mxf", "gxf",
    "h264", "hevc", "av1", "obu", "m4v", "dv", "swf", "vob", "mjpeg", "h263", "vc1", "yuv4mpegpipe", "gif",
)  # fmt: skip


@contextmanager
def opened(path: Path, request: Request) -> Iterator[tuple[InputContainer, VideoStream]]:
    """Opens a file and its main video stream, to be decoded by one thread. Raises DecodeError."""
    if not path.is_file():
        raise DecodeError("not a regular file")
    options = {"protocol_whitelist": "file", "format_whitelist": ",".join(CONTAINERS)}
    try:
        container = av.open(f"file:{path}", container_options=options, metadata_errors="replace")
    except (av.error.FFmpegError, ValueError, OverflowError) as error:
        raise DecodeError(f"not a video file that can be opened: {explain(error)}") from error
    with container:
        stream = container.streams.best("video")
        if not isinstance(stream, VideoStream) or stream.codec_context is None:
            raise DecodeError("no video stream with a known codec in it")
        check_side(stream.codec_context.width, stream.codec_context.height, request)
        stream.codec_context.thread_count = 1
        stream.codec_context.options = {"max_pixels": str(request.limits.side**2)}
        yield container, stream


def explain(error: BaseException) -> str:
    """What FFmpeg says, without the path that PyAV adds to it."""
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
