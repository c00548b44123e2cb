"""Procedural textures: fields of brightness [height, width] in [0, 1], and their colouring."""

from collections.abc import Callable

import numpy as np
from PIL import Image

Field = np.ndarray
Rng = np.random.Generator


def noise(rng: Rng, height: int, width: int, cell: float) -> Field:
    """Smooth value noise of four octaves; `cell` is the size of the coarsest blob in pixels."""
    total = np.zeros((height, width), np.float32)
    for octave in range(4):
        step = max(cell / 2**octave, 1.5)
        grid = rng.random((int(height / step) + 3, int(width / step) + 3), np.float32)
        image = Image.fromarray(grid).resize((width, height), Image.Resampling.BICUBIC)
        total += np.asarray(image) * 0.5**octave
    return _stretch(total)


def stripes(rng: Rng, height: int, width: int, cell: float) -> Field:
    """Parallel bands, slightly warped."""
    along, _ = _turn(rng, height, width)
    warp = (noise(rng, height, width, cell * 3) - 0.5) * rng.uniform(0, 1.5)
    wave = np.sin(along * (2 * np.pi / cell) + warp * 4)
    return np.clip(0.5 + wave * rng.choice([0.5, 2.0]), 0, 1).astype(np.float32)


def checks(rng: Rng, height: int, width: int, cell: float) -> Field:
    """A turned chessboard with a little noise."""
    along, across = _turn(rng, height, width)
    board = (np.floor(along / cell * 1.6) + np.floor(across / cell * 1.6)) % 2
    return (0.75 * board + 0.25 * noise(rng, height, width, cell)).astype(np.float32)


def blobs(rng: Rng, height: int, width: int, cell: float) -> Field:
    """Patches with sharp borders."""
    field = noise(rng, height, width, cell * 1.6)
    return (np.floor(field * 4) / 4 + 0.25 * noise(rng, height, width, cell / 3)).clip(0, 1).astype(np.float32)


def cells(rng: Rng, height: int, width: int, cell: float) -> Field:
    """Voronoi cells, each of one brightness, with dark borders."""
    grid_height, grid_width = height // 3 + 1, width // 3 + 1
    count = int(np.clip(height * width / cell**2 / 2, 6, 40))
    points = (rng.random((count, 2)) * [grid_height, grid_width]).astype(np.float32)
    rows, columns = np.mgrid[:grid_height, :grid_width].astype(np.float32)
    nearest = second = np.full((grid_height, grid_width), np.inf, np.float32)
    shade = np.zeros((grid_height, grid_width), np.float32)
    for (y, x), value in zip(points, rng.random(count), strict=True):
        distance = np.hypot(rows - y, columns - x)
        shade = np.where(distance < nearest, np.float32(value), shade)
        second = np.minimum(second, np.maximum(distance, nearest))
        nearest = np.minimum(nearest, distance)
    field = shade * np.clip((second - nearest) / 1.5, 0.15, 1)
    image = Image.fromarray(field.astype(np.float32)).resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(image)


def dots(rng: Rng, height: int, width: int, cell: float) -> Field:
    """Discs on a turned grid."""
    along, across = _turn(rng, height, width)
    radius = np.hypot((along / cell) % 1 - 0.5, (across / cell) % 1 - 0.5)
    return np.clip((rng.uniform(0.25, 0.42) - radius) * cell + 0.5, 0, 1).astype(np.float32)


def bricks(rng: Rng, height: int, width: int, cell: float) -> Field:
    """Rows of bricks, each of its own brightness, with dark joints."""
    rows, columns = np.mgrid[:height, :width]
    brick_height, brick_width = max(cell / 2, 4), max(cell, 8)
    row = (rows / brick_height).astype(int)
    column = (columns / brick_width + (row % 2) / 2).astype(int)
    shade = rng.random((row.max() + 1, column.max() + 1)) * 0.6 + 0.4
    joint = (rows % brick_height < 1.5) | ((columns + (row % 2) * brick_width / 2) % brick_width < 1.5)
    return np.where(joint, 0, shade[row, column]).astype(np.float32)


def waves(rng: Rng, height: int, width: int, cell: float) -> Field:
    """Water: noise stretched sideways."""
    return noise(rng, height, max(width // 6, 8), cell / 2).repeat(7, axis=1)[:, :width]


TEXTURES: dict[str, Callable[[Rng, int, int, float], Field]] = {
    texture.__name__: texture for texture in (noise, stripes, checks, blobs, cells, dots, bricks, waves)
}


def coloured(field: Field, colours: np.ndarray) -> np.ndarray:
    """Maps brightness to a run of colours. colours: [n, 3], dark to light. Returns [height, width, 3] uint8."""
    stops = np.linspace(0, 255, len(colours))
    table = np.stack([np.interp(np.arange(256), stops, colours[:, channel]) for channel in range(3)], axis=1)
    return table.round().astype(np.uint8)[(field * 255).astype(np.uint8)]


def rgb(colour: np.ndarray) -> tuple[int, int, int]:
    """A colour [3] as Pillow takes it."""
    red, green, blue = (int(value) for value in np.clip(colour, 0, 255))
    return red, green, blue


def _stretch(field: Field) -> Field:
    low, high = field.min(), field.max()
    return (field - low) / (high - low)


def _turn(rng: Rng, height: int, width: int) -> tuple[Field, Field]:
    """Two coordinates, in pixels, along and across a random direction."""
    angle = rng.uniform(0, np.pi)
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    return columns * np.cos(angle) + rows * np.sin(angle), rows * np.cos(angle) - columns * np.sin(angle)
