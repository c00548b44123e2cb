"""Families: a kind of scenery, a palette and textures that several incidents, and their distractors, have in common."""

import colorsys
from dataclasses import dataclass

import numpy as np

from hapvr.render.randomness import generator
from hapvr.render.textures import TEXTURES

SCENERIES = ("skyline", "hills", "room", "plaza", "patchwork", "coast")


@dataclass(frozen=True)
class Family:
    """scenery: a key of `scenery.PAINTERS`; hues: [3] main, second and accent hue in [0, 1); textures: 3 names."""

    scenery: str
    hues: tuple[float, float, float]
    saturation: float
    textures: tuple[str, str, str]

    def colours(self, rng: np.random.Generator, hue: int) -> np.ndarray:
        """Three colours, dark to light, about one of the hues. Returns [3, 3] in 0–255."""
        base = self.hues[hue] + rng.normal(0, 0.02)
        saturation = np.clip(self.saturation + rng.normal(0, 0.08), 0.15, 0.95)
        steps = [(base - 0.03, saturation, 0.3), (base, saturation, 0.72), (base + 0.03, saturation * 0.6, 0.95)]
        colours = [colorsys.hsv_to_rgb(step[0] % 1, step[1], step[2] * rng.uniform(0.85, 1)) for step in steps]
        return np.array(colours) * 255


def family(seed: int, number: int) -> Family:
    """The family of that number; sceneries take turns."""
    rng = generator(seed, f"family {number}")
    main = rng.random()
    hues = (main, (main + rng.choice([0.08, 0.35, 0.5])) % 1, (main + rng.uniform(0.4, 0.6)) % 1)
    first, second, third = (str(name) for name in rng.choice(sorted(TEXTURES), 3, replace=False))
    return Family(SCENERIES[number % len(SCENERIES)], hues, rng.uniform(0.3, 0.75), (first, second, third))
