"""H.264 files whose bytes depend on their pictures only."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image

from hapvr.storage.files import whole

BT601 = (0.257, 0.504, 0.098, 16, -0.148, -0.291, 0.439, 128, 0.439, -0.368, -0.071, 128)
"""Rows of Y, Cb, Cr from R, G, B and an offset: ITU-R BT.601, limited range."""

# With more than one thread x264 decides by what was finished first; its vectorised macroblock tree gives different
# bytes for the same frames in about one short video in twenty, even on one thread.
X264 = {"preset": "veryfast", "threads": "1", "x264-params": "cpu-independent=1:mbtree=0"}


def write_h264(path: Path, pictures: Iterable[Image.Image], *, fps: int, crf: float) -> None:
    """Writes an MP4 file, whole. crf: constant rate factor."""
    with whole(path) as temporary, av.open(str(temporary), "w", format="mp4", options={"fflags": "+bitexact"}) as file:
        stream = file.add_stream("libx264", rate=fps)
        stream.pix_fmt = "yuv420p"
        stream.options = {**X264, "crf": f"{crf:.2f}", "g": str(4 * fps)}
        stream.codec_context.thread_count = 1
        stream.codec_context.flags |= av.codec.context.Flags.bitexact
        for number, picture in enumerate(pictures):
            if number == 0:
                stream.width, stream.height = picture.size
            frame = av.VideoFrame.from_ndarray(_yuv420p(picture), format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, fps)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))


def _yuv420p(picture: Image.Image) -> np.ndarray:
    """Planes one below the other, [height * 3 / 2, width] uint8."""
    luma, *chroma = picture.convert("RGB", BT601).split()
    halved = [np.asarray(plane.reduce(2)).reshape(-1, picture.width) for plane in chroma]
    return np.concatenate([np.asarray(luma), *halved])
