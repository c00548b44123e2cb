"""H.264 files whose bytes depend on their pictures only."""

from collections.abc import Iterable
from pathlib import Path

import av
from PIL import Image

from hapvr.storage.files import whole


def write_h264(path: Path, pictures: Iterable[Image.Image], *, fps: int, crf: float) -> None:
    """Writes an MP4 file, whole. One thread: with more, x264 decides frame types by what was finished first."""
    with whole(path) as temporary, av.open(str(temporary), "w", format="mp4", options={"fflags": "+bitexact"}) as file:
        stream = file.add_stream("libx264", rate=fps)
        stream.pix_fmt = "yuv420p"
        stream.thread_count = 1
        stream.options = {"crf": f"{crf:.2f}", "preset": "veryfast", "threads": "1", "g": str(4 * fps)}
        stream.codec_context.flags |= av.codec.context.Flags.bitexact
        for number, picture in enumerate(pictures):
            if number == 0:
                stream.width, stream.height = picture.size
            file.mux(stream.encode(av.VideoFrame.from_image(picture)))
        file.mux(stream.encode(None))
