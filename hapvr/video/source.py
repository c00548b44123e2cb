"""Which files are opened, and how: local regular files of known containers, below the folders that are allowed."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from hapvr.video.options import Request
from hapvr.video.picture import DecodeError, check_side

# Demuxers that read one file. Playlists, concatenations and image sequences, which open further files, are not here.
CONTAINERS = (
    "mov", "matroska", "avi", "flv", "mpeg", "mpegts", "mpegvideo", "asf", "ogg", "rm", "ivf", "nut", "mxf", "gxf",
    "h264", "hevc", "av1", "obu", "m4v", "dv", "swf", "vob", "mjpeg", "h263", "vc1", "yuv4mpegpipe", "gif",
)  # fmt: skip


@contextmanager
def open_video(path: Path, request: Request) -> Iterator[tuple[InputContainer, VideoStream]]:
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


def check_id(video_id: str) -> None:
    """Raises DecodeError for an id that could name another place in a file system or an HDF5 file."""
    if not video_id or video_id in {".", ".."} or not video_id.isprintable() or set(video_id) & set("/\\"):
        raise DecodeError("refused: an id may not be empty, a folder, or have path separators or control characters")


def locate_folder(video_id: str, folder: Path) -> Path:
    """The folder of a video's frames below `folder`, symlinks followed. Raises DecodeError if it does not lie there."""
    path = (folder / video_id).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise DecodeError("refused: lies outside of the folder of frames")
    if not path.is_dir():
        raise DecodeError("no such folder of frames")
    return path


def locate_video(relative: str, folders: Iterable[Path]) -> Path:
    """The file at `relative` below the first of `folders`, symlinks followed.

    Raises DecodeError if it is not a regular file, or does not lie in one of the folders in the end.
    """
    allowed = [folder.resolve() for folder in folders]
    try:
        path = (allowed[0] / relative).resolve()
        regular = path.is_file()
    except (OSError, ValueError, RuntimeError) as error:
        raise DecodeError(f"refused: not a usable path: {type(error).__name__}") from error
    if not any(path.is_relative_to(folder) for folder in allowed):
        raise DecodeError("refused: lies outside of the dataset's folder")
    if not regular:
        raise DecodeError("no such file, or not a regular one")
    return path
