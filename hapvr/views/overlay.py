"""Text and pictographs drawn on frames."""

from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Generator, Tensor

from hapvr.params.data import Views
from hapvr.seeding import integer, uniform

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
# Weather, games, zodiac and faces: signs that DejaVu Sans, the font that comes with matplotlib, can draw.
PICTOGRAPHS = "".join(map(chr, [*range(0x2600, 0x2670), *range(0x1F600, 0x1F640)]))
LONGEST_TEXT = 8


def with_text(frame: Tensor, params: Views, generator: Generator) -> Tensor:
    """A frame [3, H, W] in 0–1 with a random word on it: random letters, place, colour, size and opacity."""
    letters = [LETTERS[integer(0, len(LETTERS) - 1, generator)] for _ in range(integer(1, LONGEST_TEXT, generator))]
    return _drawn(frame, "".join(letters), params, generator)


def with_pictograph(frame: Tensor, params: Views, generator: Generator) -> Tensor:
    """A frame [3, H, W] in 0–1 with a random pictograph on it: random sign, place, colour, size and opacity."""
    return _drawn(frame, PICTOGRAPHS[integer(0, len(PICTOGRAPHS) - 1, generator)], params, generator)


def _drawn(frame: Tensor, text: str, params: Views, generator: Generator) -> Tensor:
    height, width = frame.shape[1:]
    size = max(round(uniform(*params.overlay_size, generator) * height), 1)
    mask = _mask(text, size)
    opacity = uniform(*params.overlay_opacity, generator)
    colour = torch.rand(3, generator=generator)
    # Anywhere that keeps at least half of it in the frame.
    top = integer(-(mask.shape[0] // 2), height - mask.shape[0] // 2 - 1, generator)
    left = integer(-(mask.shape[1] // 2), width - mask.shape[1] // 2 - 1, generator)
    cover = torch.zeros(height, width)
    inside = mask[max(-top, 0) : height - top, max(-left, 0) : width - left]
    top, left = max(top, 0), max(left, 0)
    cover[top : top + inside.shape[0], left : left + inside.shape[1]] = inside * opacity
    cover = cover.to(frame)
    return frame * (1 - cover) + colour.to(frame)[:, None, None] * cover


def _mask(text: str, size: int) -> Tensor:
    """[H, W] in 0–1: how much of each pixel the text covers."""
    font = _font(size)
    left, top, right, bottom = (int(side) for side in font.getbbox(text))
    image = Image.new("L", (max(right - left, 1), max(bottom - top, 1)))
    ImageDraw.Draw(image).text((-left, -top), text, fill=255, font=font)
    return torch.from_numpy(np.asarray(image, np.float32) / 255)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf"), size)
