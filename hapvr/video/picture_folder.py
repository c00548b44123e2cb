"""Frames that were sampled elsewhere: a folder of JPEG files, in the order of their names."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from av.video.frame import VideoFrame
from PIL import Image

from hapvr.video.options import Request
from hapvr.video.picture import Converter, DecodeError, Picture, check_side

SUFFIXES = (".jpg", ".jpeg")
# Beyond any JPEG file: as many bytes as the picture has in memory.
BYTES_PER_PIXEL = 3


def picture_files(folder: Path) -> list[Path]:
    """Its JPEG files in the order of their names, numbers by value: frame_2 before frame_10; none without a folder."""
    if not folder.is_dir():
        return []
    files = [path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and not path.name.startswith(".")]
    return sorted(files, key=lambda path: (_parts(path.name), path.name))


def is_plain(file: Path) -> bool:
    """Whether it is a regular file and no link: a link may lead anywhere, a pipe has no end."""
    return file.is_file() and not file.is_symlink()


def read_pictures(folder: Path, request: Request) -> Iterator[Picture]:
    """Gives each picture that can be read; file k is shown at k / fps seconds.

    Raises DecodeError at the end if some could not be read, and at once for too many.
    """
    files, limits = picture_files(folder), request.limits
    most = min(limits.frames, int(limits.duration_s * request.fps))
    if not files:
        raise DecodeError(f"no pictures ({', '.join(SUFFIXES)}) in its folder")
    if len(files) > most:
        raise DecodeError(f"{len(files)} pictures, more than the limit of {most}")
    convert, broken = Converter(request), list[str]()
    for index, file in enumerate(files):
        try:
            image = convert(VideoFrame.from_ndarray(_decode(file, request), format="rgb24"))
        except (DecodeError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
            broken.append(f"{file.name}: {error}")
            continue
        yield Picture(image, index / request.fps, index)
    if broken:
        raise DecodeError(f"{len(broken)} of {len(files)} pictures cannot be read, first {broken[0]}")


def _decode(file: Path, request: Request) -> np.ndarray:
    """[H, W, 3] uint8. The size is looked at before anything is decoded."""
    if not is_plain(file):
        raise DecodeError("not a regular file")
    most = BYTES_PER_PIXEL * request.limits.side**2
    if file.stat().st_size > most:
        raise DecodeError(f"{file.stat().st_size} bytes, more than the limit of {most}")
    with Image.open(file, formats=["JPEG"]) as image:
        check_side(image.width, image.height, request)
        return np.asarray(image.convert("RGB"))


def _parts(name: str) -> list[tuple[int, str]]:
    """Text and numbers of a name, so that they can be compared."""
    return [(int(part), "") if part.isdigit() and part.isascii() else (-1, part) for part in re.split(r"(\d+)", name)]
