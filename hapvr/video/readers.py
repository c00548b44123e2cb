"""Which decoder reads a video: the first of a chain that is sure of its frames; sampling a video in this process."""

import os
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from hapvr.video.decord_reader import read_with_decord
from hapvr.video.options import Limits, Request
from hapvr.video.picture import DecodeError, NotExactError, Picture
from hapvr.video.picture_folder import read_pictures
from hapvr.video.sequential import read_sequentially
from hapvr.video.sparse import read_sparsely

Decoder = Literal["auto", "decord", "pyav"]
Reader = Literal["decord", "sparse", "sequential", "pictures"]

# Beyond any real video; the stage `frames` has stricter limits of its own in params.yaml.
LIMITS = Limits(side=16384, duration_s=100_000, frames=10_000_000, missing_s=1)

READERS: dict[Reader, Callable[[Path, Request], Iterator[Picture]]] = {
    "decord": read_with_decord,
    "sparse": read_sparsely,
    "sequential": read_sequentially,
    "pictures": read_pictures,
}

# `decord` alone fails where decord is not exact; the last reader of the others also salvages.
CHAINS: dict[Decoder, tuple[Reader, ...]] = {
    "auto": ("decord", "sparse", "sequential"),
    "decord": ("decord",),
    "pyav": ("sparse", "sequential"),
}
# Of a folder of frames that were sampled already.
PICTURES: tuple[Reader, ...] = ("pictures",)


def decoder_of(reader: Reader) -> str:
    """Name and version of the package behind a reader, as stored with the frames."""
    if reader == "pictures":
        return f"pillow {version('pillow')}"
    return f"decord {version('decord')}" if reader == "decord" else f"pyav {version('av')}"


class Sample(NamedTuple):
    """Sampled frames of one video.

    images: [T, H, W, 3] uint8, RGB, upright. timestamps: [T] float64, seconds from the start of the file.
    indices: [T] int64, frame numbers in presentation order. decoder: name and version, as in "pyav 18.1.0".
    """

    images: np.ndarray
    timestamps: np.ndarray
    indices: np.ndarray
    decoder: str


def sample(path: str | os.PathLike[str], fps: float, size: int | None = None, *, resize: int | None = None) -> Sample:
    """Samples `fps` frames per second of a video: frame k is the last one shown before (k + 0.5) / fps seconds.

    size: the central size × size pixels are kept; None keeps the whole picture. resize: what the short side is scaled
    to before that; None: to `size`, and without one not at all.
    Raises DecodeError if the file is not a local video file, or cannot be decoded as a whole. Decodes in this process,
    with PyAV; `hapvr.video.job` is for files that may be malicious.
    """
    request = Request(fps, size if resize is None else resize, size, LIMITS)
    try:
        try:
            return _stack(list(read_sparsely(Path(path), request)), decoder_of("sparse"))
        except NotExactError:
            return _stack(list(read_sequentially(Path(path), request)), decoder_of("sequential"))
    except DecodeError as error:
        raise DecodeError(f"{path}: {error}") from error


def _stack(pictures: list[Picture], decoder: str) -> Sample:
    return Sample(
        images=np.stack([picture.image for picture in pictures]),
        timestamps=np.array([picture.timestamp for picture in pictures], np.float64),
        indices=np.array([picture.index for picture in pictures], np.int64),
        decoder=decoder,
    )
