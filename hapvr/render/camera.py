"""Cameras and recordings: a path of pan, zoom and roll through an incident, between two times of it."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from hapvr.render.incident import SECONDS, Actor, Incident, Stage, paint
from hapvr.render.options import World
from hapvr.render.randomness import generator
from hapvr.render.scenery import HEIGHT, WIDTH

VIEW = 240.0
"""World units across the picture at zoom 1."""


@dataclass(frozen=True)
class Camera:
    """starts and ends: offset from the incident's focus as a share of the margin (x, y), zoom, roll in radians."""

    name: str
    starts: tuple[float, float, float, float]
    ends: tuple[float, float, float, float]
    gains: tuple[float, float, float]


@dataclass(frozen=True)
class Recording:
    """What one camera saw of an incident from start_s to end_s, in seconds of the incident."""

    incident: Incident
    camera: Camera
    start_s: float
    end_s: float

    @property
    def seconds(self) -> float:
        return self.end_s - self.start_s


def place_camera(incident: Incident, name: str, world: World) -> Camera:
    """A camera at a random place: it starts there and moves a little."""
    rng = generator(incident.seed, f"{incident.name}/{name}")
    roll = np.radians(world.roll_deg)
    x, y = rng.uniform(-1, 1, 2) * world.spread
    zoom, angle = rng.uniform(*world.zoom), rng.uniform(-roll, roll)
    pan = rng.uniform(-0.35, 0.35, 2) * world.spread
    end = (x + pan[0], y + pan[1], zoom * rng.uniform(0.85, 1.2), angle + rng.uniform(-0.3, 0.3) * roll)
    gains = 1 + world.cast * rng.uniform(-1, 1, 3)
    return Camera(name, _floats(x, y, zoom, angle), _floats(*end), tuple(gains.tolist()))


def frames(recording: Recording, times_s: np.ndarray, size: tuple[int, int]) -> Iterator[Image.Image]:
    """Pictures RGB of a recording at times of the incident. size: width and height in pixels."""
    stage = paint(recording.incident)
    for time_s in times_s:
        yield _frame(stage, recording, float(time_s), size)


def gained(image: Image.Image, gains: np.ndarray) -> Image.Image:
    """Multiplies the channels."""
    red, green, blue = gains.tolist()
    return image.convert("RGB", (red, 0, 0, 0, 0, green, 0, 0, 0, 0, blue, 0))


def _frame(stage: Stage, recording: Recording, time_s: float, size: tuple[int, int]) -> Image.Image:
    camera = recording.camera
    # A camera's path spans the whole incident, so that its recordings at other times show another view.
    share = min(max(time_s / SECONDS, 0), 1)
    start, end = np.array(camera.starts), np.array(camera.ends)
    x, y, zoom, roll = start + (end - start) * share
    scale = max(zoom, 0.75) * size[0] / VIEW
    turn = np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
    centre = _inside(stage.focus, np.array([x, y]), np.abs(turn) @ np.array(size) / 2 / scale)
    to_world = turn / scale
    origin = centre - to_world @ np.array(size) / 2
    coefficients = (*to_world[0], origin[0], *to_world[1], origin[1])
    image = stage.background.transform(size, Image.Transform.AFFINE, coefficients, Image.Resampling.BILINEAR)
    for actor in stage.actors:
        if actor.start_s <= time_s < actor.end_s:
            _place(image, actor, time_s, turn=turn, scale=scale, centre=centre)
    return gained(image, stage.light(time_s) * camera.gains)


def _inside(focus: np.ndarray, offset: np.ndarray, half: np.ndarray) -> np.ndarray:
    """The camera's centre: the focus moved by a share of the margin, kept where the view stays inside the world."""
    world = np.array([WIDTH, HEIGHT])
    return np.clip(focus + offset * (world / 2 - half), half + 1, world - half - 1)


def _place(
    image: Image.Image, actor: Actor, time_s: float, *, turn: np.ndarray, scale: float, centre: np.ndarray
) -> None:
    """Pastes an actor; nearer ones are larger and move more (parallax)."""
    x, y, angle = actor.at(time_s)
    at = turn.T @ (np.array([x, y]) - centre) * scale * actor.depth + np.array(image.size) / 2
    shrink = actor.picture.width / (actor.side * scale * actor.depth)
    angle += np.arctan2(turn[1, 0], turn[0, 0])
    cos, sin = np.cos(angle) * shrink, np.sin(angle) * shrink
    reach = actor.picture.width / 2 / shrink**2 * (abs(cos) + abs(sin)) + 1
    corner = np.maximum(np.floor(at - reach), 0).astype(int)
    patch = np.minimum(np.ceil(at + reach), image.size).astype(int) - corner
    if (patch <= 0).any():
        return
    middle = at - corner
    half = actor.picture.width / 2
    coefficients = (
        cos, sin, half - cos * middle[0] - sin * middle[1],
        -sin, cos, half + sin * middle[0] - cos * middle[1],
    )  # fmt: skip
    sprite = actor.picture.transform(
        tuple(patch.tolist()), Image.Transform.AFFINE, coefficients, Image.Resampling.BILINEAR
    )
    image.paste(sprite, tuple(corner.tolist()), sprite)


def _floats(*values: float) -> tuple[float, float, float, float]:
    first, second, third, fourth = (float(value) for value in values)
    return first, second, third, fourth
