"""Edits: how a copy differs from the footage it was made of."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from hapvr.render.badge import draw_badge
from hapvr.render.camera import gained
from hapvr.render.options import Edits

WORDS = ("LIVE", "NEWS", "AMAZING", "WATCH", "EXCLUSIVE", "FOLLOW US", "PART 2", "MUST SEE", "REPLAY", "ON AIR")


@dataclass(frozen=True)
class Edit:
    """One copy's edits.

    box: left, top, right, bottom kept, as shares of the side; inset: where the copy lies within other footage.
    logo and line: position x, y as shares, and a seed for the look. gains: of red, green and blue.
    """

    box: tuple[float, float, float, float] = (0, 0, 1, 1)
    inset: tuple[float, float, float, float] | None = None
    flip: bool = False
    blur_px: float = 0
    gains: tuple[float, float, float] = (1, 1, 1)
    speed: float = 1
    logo: tuple[float, float, int] | None = None
    line: tuple[float, float, int] | None = None


UNEDITED = Edit()


def draw_edit(rng: np.random.Generator, edits: Edits) -> Edit:
    """Edits of one copy. Every random number is drawn, used or not, so that one probability changes one thing only."""
    chances = rng.random(5)
    box, inset = _box(rng, edits.crop), _box(rng, edits.inset_side)
    blur_px = rng.uniform(0.3, 1) * edits.blur_px
    gains = 1 + edits.cast * rng.uniform(-1, 1, 3)
    speed = rng.uniform(*edits.speed)
    logo = (float(rng.choice([0.03, 0.8])), float(rng.choice([0.03, 0.75])), int(rng.integers(2**31)))
    line = (float(rng.uniform(0.02, 0.3)), float(rng.choice([0.05, 0.82])), int(rng.integers(2**31)))
    return Edit(
        box=box,
        inset=inset if chances[0] < edits.inset else None,
        flip=bool(chances[1] < edits.flip),
        blur_px=float(blur_px) if chances[2] < edits.blur else 0,
        gains=tuple(gains.tolist()),
        speed=float(speed),
        logo=logo if chances[3] < edits.logo else None,
        line=line if chances[4] < edits.text else None,
    )


def apply(edit: Edit, image: Image.Image, host: Image.Image | None) -> Image.Image:
    """Edits one frame. host: the frame of the other footage that an inset lies in; needed where there is one."""
    width, height = image.size
    if edit.box != UNEDITED.box:
        image = image.resize(image.size, Image.Resampling.BILINEAR, box=_pixels(edit.box, width, height))
    if edit.flip:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if edit.gains != UNEDITED.gains:
        image = gained(image, np.array(edit.gains))
    if edit.blur_px:
        image = image.filter(ImageFilter.GaussianBlur(edit.blur_px * width / 240))
    if edit.inset is not None and host is not None:
        left, top, right, bottom = (round(value) for value in _pixels(edit.inset, width, height))
        host.paste(image.resize((right - left, bottom - top), Image.Resampling.BILINEAR), (left, top))
        image = host
    for overlay in (edit.logo and _logo(edit.logo, width), edit.line and _line(edit.line, width)):
        if overlay:
            picture, x, y = overlay
            image.paste(picture, (round(x * width), round(y * height)), picture)
    return image


def _box(rng: np.random.Generator, side: tuple[float, float]) -> tuple[float, float, float, float]:
    kept = rng.uniform(*side)
    left, top = rng.uniform(0, 1 - kept, 2)
    return float(left), float(top), float(left + kept), float(top + kept)


def _pixels(box: tuple[float, float, float, float], width: int, height: int) -> tuple[float, float, float, float]:
    return box[0] * width, box[1] * height, box[2] * width, box[3] * height


@lru_cache(maxsize=8)
def _logo(logo: tuple[float, float, int], width: int) -> tuple[Image.Image, float, float]:
    """A round badge with a letter."""
    x, y, seed = logo
    rng = np.random.default_rng(seed)
    side = round(width * 0.17)
    red, green, blue = (int(value) for value in rng.integers(60, 255, 3))
    letter = chr(65 + int(rng.integers(26)))
    picture = draw_badge(side, letter, fill=(red, green, blue, 235), outline=(255, 255, 255, 255), width=2)
    return picture, x, y


@lru_cache(maxsize=8)
def _line(line: tuple[float, float, int], width: int) -> tuple[Image.Image, float, float]:
    """White words on a dark strip."""
    x, y, seed = line
    words = " ".join(np.random.default_rng(seed).choice(WORDS, 2, replace=False))
    font = ImageFont.load_default(width / 15)
    left, top, right, bottom = font.getbbox(words)
    picture = Image.new("RGBA", (round(right - left) + 8, round(bottom - top) + 6), (0, 0, 0, 150))
    ImageDraw.Draw(picture).text((4 - left, 3 - top), words, fill="white", font=font)
    return picture, x, y
