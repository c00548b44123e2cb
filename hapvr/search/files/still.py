"""A still picture as a query: a video of one frame."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image, ImageOps

from hapvr.video import DecodeError
from hapvr.video.options import FrameLimits

# What Pillow is let open, by suffix.
STILLS = {
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".png": "PNG",
    ".webp": "WEBP",
    ".bmp": "BMP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
}


@contextmanager
def as_folder_of_frames(path: Path, limits: FrameLimits) -> Iterator[Path]:
    """A folder that holds the picture, upright, as the only frame of a video, while the context lasts.

    Raises DecodeError for what is no picture of its kind, or larger than `limits.side`.
    """
    with TemporaryDirectory(prefix="hapvr-") as folder:
        try:
            with Image.open(path, formats=[STILLS[path.suffix.lower()]]) as image:
                if max(image.size) > limits.side:
                    raise DecodeError(
                        f"{path}: {image.width} × {image.height} pixels, the limit is {limits.side} a side"
                    )
                ImageOps.exif_transpose(image).convert("RGB").save(Path(folder, "0.jpg"), quality=100, subsampling=0)
        except DecodeError:
            raise
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
            raise DecodeError(f"{path}: not a picture that can be read: {error}") from error
        yield Path(folder)
