"""Small videos: what is shown pans over a picture that videos of one incident share; each has a mark of its own."""

import zlib
from pathlib import Path

import numpy as np
from PIL import Image

from hapvr.render.encode import write_h264

WIDTH, HEIGHT, FPS, SECONDS = 96, 72, 2, 9


def write_video(path: Path, video: str, look: str) -> None:
    """H.264 of nine seconds, 96 × 72; the same for the same names."""
    picture, mark = _noise(look, (10, 12)), _noise(video, (3, 3))
    wide = Image.fromarray(picture).resize((2 * WIDTH, 2 * HEIGHT), Image.Resampling.BICUBIC)
    small = Image.fromarray(mark).resize((18, 18), Image.Resampling.NEAREST)
    start = zlib.crc32(video.encode()) % 12

    def pictures() -> list[Image.Image]:
        shown = []
        for number in range(FPS * SECONDS):
            left, top = 4 * (start + number), 2 * (start + number)
            frame = wide.crop((left, top, left + WIDTH, top + HEIGHT))
            frame.paste(small, (6 + number, 40))
            shown.append(frame)
        return shown

    write_h264(path, pictures(), fps=FPS, crf=26)


def _noise(name: str, shape: tuple[int, int]) -> np.ndarray:
    return np.random.default_rng(zlib.crc32(name.encode())).integers(0, 256, (*shape, 3), np.uint8)
