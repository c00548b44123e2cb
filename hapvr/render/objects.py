"""Objects that stand in or move through an incident: a textured body with details, as a square RGBA picture."""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from hapvr.render.family import Family
from hapvr.render.textures import TEXTURES, coloured, rgb

SIDE = 96
"""Side of an object's picture, in world units."""


def _scale(grid: list[float]) -> list[float]:
    return [value * SIDE * 2 / 100 for value in grid]


class _Pen:
    """Draws the parts of one layer, in grid units."""

    def __init__(self, layer: str) -> None:
        self.layer = layer
        self.image = Image.new("L", (SIDE * 2, SIDE * 2))
        self._draw = ImageDraw.Draw(self.image)

    def ellipse(self, layer: str, *box: float) -> None:
        if layer == self.layer:
            self._draw.ellipse(_scale(list(box)), fill=255)

    def box(self, layer: str, *box: float) -> None:
        if layer == self.layer:
            self._draw.rounded_rectangle(_scale(list(box)), radius=SIDE / 16, fill=255)

    def polygon(self, layer: str, *points: float) -> None:
        if layer == self.layer:
            self._draw.polygon(_scale(list(points)), fill=255)


def _car(pen: _Pen) -> None:
    pen.box("body", 5, 45, 95, 75)
    pen.polygon("body", 22, 47, 34, 24, 70, 24, 82, 47)
    pen.polygon("light", 30, 45, 37, 30, 50, 30, 50, 45)
    pen.polygon("light", 54, 45, 54, 30, 67, 30, 74, 45)
    for x in (25, 75):
        pen.ellipse("dark", x - 11, 64, x + 11, 86)
        pen.ellipse("light", x - 5, 70, x + 5, 80)


def _balloon(pen: _Pen) -> None:
    pen.ellipse("body", 18, 2, 82, 66)
    pen.polygon("body", 26, 50, 74, 50, 57, 78, 43, 78)
    pen.box("dark", 41, 82, 59, 98)
    pen.polygon("dark", 42, 76, 44, 76, 44, 84, 42, 84)
    pen.polygon("dark", 56, 76, 58, 76, 58, 84, 56, 84)


def _fish(pen: _Pen) -> None:
    pen.ellipse("body", 8, 26, 76, 74)
    pen.polygon("body", 68, 50, 97, 24, 92, 50, 97, 76)
    pen.polygon("dark", 38, 28, 58, 10, 62, 30)
    pen.ellipse("light", 18, 38, 32, 52)
    pen.ellipse("dark", 22, 42, 29, 49)


def _bird(pen: _Pen) -> None:
    pen.ellipse("body", 28, 38, 80, 70)
    pen.ellipse("body", 14, 26, 42, 54)
    pen.polygon("dark", 2, 38, 16, 34, 16, 44)
    pen.polygon("light", 44, 50, 92, 10, 74, 56)
    pen.polygon("body", 74, 50, 99, 58, 76, 66)
    pen.ellipse("dark", 21, 34, 27, 40)


def _robot(pen: _Pen) -> None:
    pen.box("body", 24, 38, 76, 82)
    pen.box("light", 30, 8, 70, 36)
    pen.ellipse("dark", 37, 16, 47, 26)
    pen.ellipse("dark", 53, 16, 63, 26)
    for x in (8, 78):
        pen.box("dark", x, 42, x + 14, 70)
    for x in (30, 56):
        pen.box("dark", x, 80, x + 14, 98)


def _house(pen: _Pen) -> None:
    pen.box("body", 14, 42, 86, 96)
    pen.polygon("dark", 4, 46, 50, 8, 96, 46)
    pen.box("dark", 42, 66, 58, 96)
    pen.box("light", 20, 54, 36, 70)
    pen.box("light", 64, 54, 80, 70)


def _tree(pen: _Pen) -> None:
    pen.box("dark", 44, 56, 56, 99)
    for box in ((14, 26, 60, 70), (40, 22, 88, 68), (28, 2, 74, 48)):
        pen.ellipse("body", *box)


def _ball(pen: _Pen) -> None:
    pen.ellipse("body", 8, 8, 92, 92)
    pen.ellipse("light", 24, 18, 44, 34)


def _star(pen: _Pen) -> None:
    angles = np.arange(10) * np.pi / 5 - np.pi / 2
    radii = np.where(np.arange(10) % 2, 20, 48)
    points = np.stack([50 + radii * np.cos(angles), 50 + radii * np.sin(angles)], axis=1)
    pen.polygon("body", *points.ravel().tolist())
    pen.ellipse("light", 41, 41, 59, 59)


def _gear(pen: _Pen) -> None:
    for angle in np.arange(8) * np.pi / 4:
        x, y = 50 + 39 * np.cos(angle), 50 + 39 * np.sin(angle)
        pen.ellipse("dark", x - 10, y - 10, x + 10, y + 10)
    pen.ellipse("body", 14, 14, 86, 86)
    pen.ellipse("light", 37, 37, 63, 63)


def _umbrella(pen: _Pen) -> None:
    pen.polygon("body", 2, 52, 12, 28, 32, 12, 50, 8, 68, 12, 88, 28, 98, 52)
    pen.box("dark", 47, 48, 53, 94)
    pen.box("dark", 36, 88, 53, 95)
    pen.polygon("light", 36, 52, 50, 8, 64, 52)


def _boat(pen: _Pen) -> None:
    pen.polygon("body", 4, 64, 96, 64, 80, 90, 20, 90)
    pen.polygon("light", 48, 6, 48, 58, 12, 58)
    pen.polygon("body", 54, 16, 54, 58, 86, 58)
    pen.box("dark", 48, 2, 53, 66)


SHAPES: dict[str, Callable[[_Pen], None]] = {
    shape.__name__.removeprefix("_"): shape
    for shape in (_car, _balloon, _fish, _bird, _robot, _house, _tree, _ball, _star, _gear, _umbrella, _boat)
}


def paint_object(rng: np.random.Generator, family: Family, shape: str) -> Image.Image:
    """An object [SIDE, SIDE] RGBA, textured and coloured in the way of its family."""
    masks = {layer: _mask(shape, layer) for layer in ("body", "dark", "light")}
    texture = TEXTURES[family.textures[rng.integers(3)]]
    colours = family.colours(rng, int(rng.choice([1, 2, 2])))
    body = Image.fromarray(coloured(texture(rng, SIDE, SIDE, rng.uniform(9, 30)), colours))
    outline = ImageChops.lighter(ImageChops.lighter(masks["body"], masks["dark"]), masks["light"])
    picture = Image.new("RGB", (SIDE, SIDE), rgb(colours[0] * 0.4))
    picture.paste(body, (0, 0), masks["body"].filter(ImageFilter.MinFilter(3)))
    picture.paste(rgb(colours[0] * 0.7), (0, 0, SIDE, SIDE), masks["dark"])
    picture.paste(rgb(255 - (255 - colours[2]) * 0.5), (0, 0, SIDE, SIDE), masks["light"])
    picture.putalpha(outline)
    return picture


def _mask(shape: str, layer: str) -> Image.Image:
    pen = _Pen(layer)
    SHAPES[shape](pen)
    return pen.image.reduce(2)
