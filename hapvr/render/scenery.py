"""The still background of an incident: one painter per kind of scenery, and landmarks that stand in it."""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

from hapvr.render.family import Family
from hapvr.render.objects import SHAPES, paint_object
from hapvr.render.textures import TEXTURES, coloured, noise, rgb, waves

WIDTH, HEIGHT = 640, 400
"""Size of the world in its own units; one unit is one pixel of its background."""

Rng = np.random.Generator


def paint_scenery(rng: Rng, family: Family) -> Image.Image:
    """A background [HEIGHT, WIDTH] RGB: scenery of the family, with landmarks of this place only."""
    picture = Image.fromarray(PAINTERS[family.scenery](rng, family))
    for _ in range(int(rng.integers(3, 7))):
        landmark = paint_object(rng, family, str(rng.choice(sorted(SHAPES))))
        side = int(rng.uniform(50, 120))
        x, y = int(rng.uniform(0, WIDTH - side)), int(rng.uniform(0.35, 0.75) * HEIGHT - side / 2)
        landmark = landmark.resize((side, side), Image.Resampling.BILINEAR)
        picture.paste(landmark, (x, y), landmark)
    return picture


def _add_texture(rng: Rng, family: Family, hue: int, height: int) -> np.ndarray:
    texture = TEXTURES[family.textures[rng.integers(3)]]
    return coloured(texture(rng, height, WIDTH, rng.uniform(14, 60)), family.colours(rng, hue))


def _sky(rng: Rng, family: Family) -> np.ndarray:
    colours = family.colours(rng, 0)
    colours[0] = colours[1] * 0.9
    fall = np.linspace(0.3, 1, HEIGHT, dtype=np.float32)[:, None]
    clouds = noise(rng, HEIGHT, WIDTH, rng.uniform(60, 140))
    return coloured(np.clip(0.6 * fall + 0.5 * clouds * fall, 0, 1), colours)


def _with_ground(rng: Rng, family: Family, picture: np.ndarray, top: int) -> np.ndarray:
    picture[top:] = _add_texture(rng, family, 1, HEIGHT - top)
    return picture


def _skyline(rng: Rng, family: Family) -> np.ndarray:
    ground = int(rng.uniform(0.68, 0.85) * HEIGHT)
    image = Image.fromarray(_with_ground(rng, family, _sky(rng, family), ground))
    draw = ImageDraw.Draw(image)
    x = int(rng.uniform(-40, 0))
    while x < WIDTH:
        width, top = int(rng.uniform(36, 100)), int(rng.uniform(0.1, 0.55) * HEIGHT)
        colours = family.colours(rng, int(rng.integers(3)))
        facade = Image.fromarray(_add_texture(rng, family, int(rng.integers(3)), ground - top)).crop(
            (0, 0, width, ground - top)
        )
        image.paste(Image.blend(facade, Image.new("RGB", facade.size, rgb(colours[1] * 0.8)), 0.5), (x, top))
        step, side = int(rng.uniform(10, 20)), int(rng.uniform(4, 9))
        for row in range(top + 6, ground - side, step):
            for column in range(x + 5, x + width - side, step):
                lit = rng.random() < 0.45
                draw.rectangle(
                    (column, row, column + side, row + side), fill=rgb(colours[2] if lit else colours[0] * 0.6)
                )
        x += width + int(rng.uniform(-4, 16))
    return np.asarray(image)


def _hills(rng: Rng, family: Family) -> np.ndarray:
    picture = _sky(rng, family)
    rows = np.arange(HEIGHT)[:, None]
    for layer in range(4):
        ridge = noise(rng, 4, WIDTH, rng.uniform(60, 220))[1] * rng.uniform(50, 130)
        below = rows > HEIGHT * (0.3 + 0.16 * layer) - ridge[None] + 40
        shade = 0.65 + 0.35 * layer / 3
        picture = np.where(below[..., None], _add_texture(rng, family, layer % 2, HEIGHT) * shade, picture)
    return picture.astype(np.uint8)


def _room(rng: Rng, family: Family) -> np.ndarray:
    floor = int(rng.uniform(0.65, 0.8) * HEIGHT)
    image = Image.fromarray(_with_ground(rng, family, _add_texture(rng, family, 0, HEIGHT).copy(), floor))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, floor - 8, WIDTH, floor), fill=rgb(family.colours(rng, 1)[2]))
    for _ in range(int(rng.integers(4, 8))):
        width, height = int(rng.uniform(40, 110)), int(rng.uniform(40, 100))
        x, y = int(rng.uniform(0, WIDTH - width)), int(rng.uniform(10, floor - height - 10))
        draw.rectangle((x - 5, y - 5, x + width + 5, y + height + 5), fill=rgb(family.colours(rng, 2)[0] * 0.6))
        image.paste(Image.fromarray(_add_texture(rng, family, 2, height)).crop((0, 0, width, height)), (x, y))
    return np.asarray(image)


def _plaza(rng: Rng, family: Family) -> np.ndarray:
    horizon = int(rng.uniform(0.4, 0.55) * HEIGHT)
    picture = _sky(rng, family)
    rows, columns = np.mgrid[: HEIGHT - horizon, :WIDTH].astype(np.float32)
    depth = 1 / (rows + 12)
    across = (columns - WIDTH * rng.uniform(0.3, 0.7)) * depth
    tiles = (np.floor(across * rng.uniform(1.5, 3)) + np.floor(depth * rng.uniform(120, 260))) % 2
    shade = noise(rng, HEIGHT - horizon, WIDTH, 30)
    picture[horizon:] = coloured(0.65 * tiles + 0.35 * shade, family.colours(rng, 1))
    for _ in range(int(rng.integers(5, 10))):
        width, height = int(rng.uniform(12, 40)), int(rng.uniform(60, 170))
        x, bottom = int(rng.uniform(0, WIDTH - width)), horizon + int(rng.uniform(2, 50))
        column = _add_texture(rng, family, 2, HEIGHT)[:height, :width]
        round_ = np.sin(np.linspace(0.3, np.pi - 0.3, width))[None, :, None]
        picture[bottom - height : bottom, x : x + width] = (column * round_).astype(np.uint8)
    return picture


def _patchwork(rng: Rng, family: Family) -> np.ndarray:
    image = Image.fromarray(_add_texture(rng, family, 0, HEIGHT))
    draw = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(12, 20))):
        mask = Image.new("L", image.size)
        x, y, size = rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT), rng.uniform(40, 120)
        angles = np.sort(rng.uniform(0, 2 * np.pi, 5))
        points = [(x + size * np.cos(angle), y + size * 0.7 * np.sin(angle)) for angle in angles]
        ImageDraw.Draw(mask).polygon(points, fill=255)
        image.paste(Image.fromarray(_add_texture(rng, family, int(rng.integers(3)), HEIGHT)), (0, 0), mask)
    for _ in range(int(rng.integers(2, 5))):
        ends = [(0, rng.uniform(0, HEIGHT)), (WIDTH / 2, rng.uniform(0, HEIGHT)), (WIDTH, rng.uniform(0, HEIGHT))]
        draw.line(ends, fill=rgb(family.colours(rng, 1)[2]), width=int(rng.uniform(5, 14)), joint="curve")
    return np.asarray(image)


def _coast(rng: Rng, family: Family) -> np.ndarray:
    horizon = int(rng.uniform(0.25, 0.45) * HEIGHT)
    picture = _sky(rng, family)
    sea = waves(rng, HEIGHT - horizon, WIDTH, rng.uniform(20, 50))
    picture[horizon:] = coloured(sea, family.colours(rng, 1))
    rows = np.arange(HEIGHT)[:, None]
    bay = noise(rng, 4, WIDTH, rng.uniform(120, 300))[1] * rng.uniform(60, 160)
    beach = rows > HEIGHT - bay[None]
    island = noise(rng, 4, WIDTH, rng.uniform(80, 200))[1] * 110 - 45
    land = (rows < horizon) & (rows > horizon - island[None])
    picture = np.where(beach[..., None], _add_texture(rng, family, 2, HEIGHT), picture)
    return np.where(land[..., None], _add_texture(rng, family, 0, HEIGHT) * 0.8, picture).astype(np.uint8)


PAINTERS: dict[str, Callable[[Rng, Family], np.ndarray]] = {
    "skyline": _skyline,
    "hills": _hills,
    "room": _room,
    "plaza": _plaza,
    "patchwork": _patchwork,
    "coast": _coast,
}
