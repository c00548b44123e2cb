"""Text and pictographs on frames: drawn one by one on the CPU, laid over all frames of a clip at once on its device."""

from functools import cache
from pathlib import Path
from typing import NamedTuple

import matplotlib
import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Generator, Tensor

from hapvr.seeding import happens, integer, uniform
from hapvr.views.options import Views

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
# Weather, games, zodiac and faces: signs that DejaVu Sans, the font that comes with matplotlib, can draw.
PICTOGRAPHS = "".join(map(chr, [*range(0x2600, 0x2670), *range(0x1F600, 0x1F640)]))
LONGEST_TEXT = 100


class Overlay(NamedTuple):
    """One drawing. frame: number of its frame. cover: uint8 [H, W], how much of each pixel it covers, of 255.
    colour: [3] in 0–1."""

    frame: int
    cover: np.ndarray
    opacity: float
    colour: Tensor


def with_overlays(clip: Tensor, params: Views, generator: Generator) -> Tensor:
    """Text on some frames of a clip [T, 3, H, W] in 0–1, and pictographs, above the text, on some.

    Word or sign, size, opacity, colour and place are drawn for each frame; each overlay lies wholly inside.
    """
    height, width = clip.shape[2:]
    texts, pictographs = [], []
    for frame in range(len(clip)):
        if happens(params.text, generator):
            font = _font(_size(height, params, generator))
            word = _word(font, width, generator)
            texts.append(
                _draw_overlay(frame, word, font=font, shape=(height, width), params=params, generator=generator)
            )
        if happens(params.pictograph, generator):
            font = _font(_size(height, params, generator))
            sign = PICTOGRAPHS[integer(0, len(PICTOGRAPHS) - 1, generator)]
            pictographs.append(
                _draw_overlay(frame, sign, font=font, shape=(height, width), params=params, generator=generator)
            )
    return _composite(_composite(clip, texts), pictographs)


def _composite(clip: Tensor, overlays: list[Overlay]) -> Tensor:
    """A copy of the clip with one overlay on each of some frames."""
    if not overlays:
        return clip
    frames = torch.tensor([overlay.frame for overlay in overlays]).to(clip.device)
    # Bytes travel to the device, a quarter of what floating-point numbers would.
    covers = torch.from_numpy(np.stack([overlay.cover for overlay in overlays])).to(clip.device).to(clip.dtype)
    opacities = torch.tensor([overlay.opacity for overlay in overlays]).to(clip) / 255
    colours = torch.stack([overlay.colour for overlay in overlays]).to(clip)
    weights = (covers * opacities[:, None, None])[:, None]
    return clip.index_copy(0, frames, clip[frames].lerp(colours[:, :, None, None], weights))


def _draw_overlay(
    frame: int,
    text: str,
    *,
    font: ImageFont.FreeTypeFont,
    shape: tuple[int, int],
    params: Views,
    generator: Generator,
) -> Overlay:
    """`text` somewhere on a frame of this height and width."""
    height, width = shape
    left, top, right, bottom = (int(side) for side in font.getbbox(text))
    x = integer(0, max(width - (right - left), 0), generator)
    y = integer(0, max(height - (bottom - top), 0), generator)
    image = Image.new("L", (width, height))
    ImageDraw.Draw(image).text((x - left, y - top), text, fill=255, font=font)
    opacity = uniform(*params.overlay_opacity, generator)
    return Overlay(frame, np.asarray(image), opacity, torch.rand(3, generator=generator))


def _word(font: ImageFont.FreeTypeFont, width: int, generator: Generator) -> str:
    """Random letters, from one to as many as fit into the width."""
    numbers = torch.randint(len(LETTERS), (LONGEST_TEXT,), generator=generator).tolist()
    letters = "".join(LETTERS[number] for number in numbers)
    longest = 1
    while longest < len(letters) and font.getlength(letters[: longest + 1]) <= width:
        longest += 1
    return letters[: integer(1, longest, generator)]


def _size(height: int, params: Views, generator: Generator) -> int:
    """A font size in pixels."""
    return max(round(uniform(*params.overlay_size, generator) * height), 1)


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    path = Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf")
    # The layout that every build of Pillow has, so that words are the same everywhere.
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)
