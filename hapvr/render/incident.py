"""Incidents: small worlds in which textured objects move, over a minute, in front of a scenery."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image

from hapvr.render.family import family
from hapvr.render.objects import SHAPES, paint_object
from hapvr.render.randomness import generator
from hapvr.render.scenery import HEIGHT, WIDTH, paint_scenery

SECONDS = 60.0
"""Length of an incident: recordings start and end within it."""


@dataclass(frozen=True)
class Incident:
    """What identifies an incident; everything seen in it follows from this.

    name: unique in its dataset, as in "mini_fivr/incident 3"; place: name of its scenery, which the occurrences of
    one event have in common; family: number of its family; actors: moving objects, each there for a time within
    actor_seconds; cast: change of light over time.
    """

    seed: int
    name: str
    place: str
    family: int
    actors: int
    actor_seconds: tuple[float, float]
    cast: float


@dataclass(frozen=True)
class Actor:
    """An object on a path: visible from start_s to end_s, from one point to another in world units, swaying."""

    picture: Image.Image
    start_s: float
    end_s: float
    path: np.ndarray
    side: float
    depth: float
    sway: tuple[float, float, float]

    def at(self, time_s: float) -> tuple[float, float, float]:
        """x, y in world units and angle in radians at a time of the incident."""
        share = (time_s - self.start_s) / (self.end_s - self.start_s)
        x, y = self.path[0] + (self.path[1] - self.path[0]) * share
        height, period_s, turn = self.sway
        phase = 2 * np.pi * (time_s - self.start_s) / period_s
        return float(x), float(y + height * np.sin(phase)), float(turn * np.sin(phase * 0.7))


@dataclass(frozen=True)
class Stage:
    """A painted incident. lights: [3, 3] gains of red, green, blue at its start, middle and end."""

    background: Image.Image
    focus: np.ndarray
    actors: list[Actor]
    lights: np.ndarray

    def light(self, time_s: float) -> np.ndarray:
        """Gains of red, green and blue at a time of the incident."""
        times = [0, SECONDS / 2, SECONDS]
        return np.array([np.interp(time_s, times, self.lights[:, channel]) for channel in range(3)])


@lru_cache(maxsize=8)
def paint(incident: Incident) -> Stage:
    """Paints an incident; the last few are kept, as consecutive videos often share one."""
    kind = family(incident.seed, incident.family)
    place = generator(incident.seed, incident.place)
    focus = np.array([place.uniform(0.42, 0.58) * WIDTH, place.uniform(0.45, 0.58) * HEIGHT])
    background = paint_scenery(place, kind)
    rng = generator(incident.seed, incident.name)
    actors = []
    for _ in range(incident.actors):
        picture = paint_object(rng, kind, str(rng.choice(sorted(SHAPES))))
        actors.append(_actor(rng, picture, focus, incident.actor_seconds))
    lights = 1 + incident.cast * rng.uniform(-1, 1, (3, 1)) + incident.cast * rng.uniform(-0.6, 0.6, (3, 3))
    return Stage(background, focus, sorted(actors, key=lambda actor: actor.depth), lights)


def _actor(rng: np.random.Generator, picture: Image.Image, focus: np.ndarray, seconds: tuple[float, float]) -> Actor:
    """Crosses the surroundings of the focus some time during the incident."""
    length_s = rng.uniform(*seconds)
    start_s = rng.uniform(-length_s / 2, SECONDS - length_s / 2)
    angle, reach = rng.uniform(0, 2 * np.pi), rng.uniform(60, 200)
    middle = focus + rng.uniform(-60, 60, 2) * [1, 0.7]
    half = np.array([np.cos(angle), 0.5 * np.sin(angle)]) * reach
    sway = (rng.uniform(0, 14), rng.uniform(1.5, 5), rng.uniform(0, 0.5))
    path = np.stack([middle - half, middle + half])
    return Actor(picture, start_s, start_s + length_s, path, rng.uniform(35, 85), rng.uniform(0.85, 1.2), sway)
