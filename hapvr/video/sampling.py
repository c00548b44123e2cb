"""Sampled frames of one video, in this process."""

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np

from hapvr.video.pyav_reader import DECODER, pictures


class Sample(NamedTuple):
    """Sampled frames of one video.

    images: [T, H, W, 3] uint8, RGB, upright. timestamps: [T] float64, seconds from the start of the file.
    indices: [T] int64, frame numbers in presentation order. decoder: name and version, as in "pyav 18.1.0".
    """

    images: np.ndarray
    timestamps: np.ndarray
    indices: np.ndarray
    decoder: str


def sample(path: str | os.PathLike[str], fps: float, size: int | None = None) -> Sample:
    """Samples `fps` frames per second of a video: frame k is the last one shown before (k + 0.5) / fps seconds.

    size: the short side is resized to it and the central size × size pixels are kept; None keeps the picture as it is.
    Raises DecodeError if the file is not a local video file, or cannot be decoded as a whole.
    """
    taken = list(pictures(Path(path), fps, size))
    return Sample(
        images=np.stack([picture.image for picture in taken]),
        timestamps=np.array([picture.timestamp for picture in taken], np.float64),
        indices=np.array([picture.index for picture in taken], np.int64),
        decoder=DECODER,
    )
