"""Edits of real footage, made by FFmpeg's filters: what happens to a clip that is copied.

Each edit draws its values from a seed, the clip's id and its own name, so that one edit does not depend on another.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, repeat
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
from av.video.frame import VideoFrame
from filter_graphs import Layer, compose
from first_seconds import FPS, codable_size
from PIL import Image

from hapvr.render.edits import Edit as Drawing
from hapvr.render.edits import apply
from hapvr.render.encode import write_h264
from hapvr.render.randomness import generator
from hapvr.storage.resume import key_of

SHORTEST_EXCERPT = 2 * FPS  # frames; at one sampled frame a second, two are seen of it
Values = dict[str, float]


@dataclass(frozen=True)
class Clip:
    """A clip of `first_seconds`; frames: how many it has."""

    id: str
    path: Path
    width: int
    height: int
    frames: int

    @classmethod
    def open(cls, clip_id: str, path: Path) -> "Clip":
        """The size and length of a file that `write_first_seconds` wrote."""
        with av.open(str(path)) as file:
            stream = file.streams.video[0]
            return cls(clip_id, path, stream.width, stream.height, stream.frames)

    def read(self, first: int = 0, stop: int | None = None) -> Iterator[VideoFrame]:
        """Frames from number `first` until before `stop`."""
        with av.open(str(self.path)) as file:
            file.streams.video[0].codec_context.thread_count = 1
            yield from islice(file.decode(video=0), first, stop)

    def read_again(self) -> Iterator[VideoFrame]:
        """All frames again and again."""
        return chain.from_iterable(self.read() for _ in repeat(None))


@dataclass(frozen=True)
class Plan:
    """One edit of one clip. host: the clip whose footage is shown too, if any. values: what was drawn."""

    edit: str
    clip: Clip
    host: Clip | None
    values: Values

    @property
    def id(self) -> str:
        """Says what is in the file: with other values it is another one."""
        host = self.host and self.host.id
        key = key_of({"crf": EDITS[self.edit].crf, "host": host, "values": self.values})
        return f"{self.clip.id}.{self.edit}.{key[:8]}"

    def write(self, path: Path) -> None:
        """Writes the H.264 file, whole. The same plan gives the same bytes."""
        edit = EDITS[self.edit]
        pictures = (frame.to_image() for frame in edit.frames(self))
        write_h264(path, pictures, fps=FPS, crf=edit.crf)


def _flip(plan: Plan) -> Iterator[VideoFrame]:
    return compose(Layer(plan.clip.read(), [("hflip", "")]))


def _draw_crop(rng: np.random.Generator, clip: Clip, host: Clip) -> Values:
    kept = rng.uniform(0.7, 0.85)
    left, top = rng.uniform(0, 1 - kept, 2)
    values = {"kept": kept, "left": left, "top": top}
    values |= {"badge_left": rng.choice([0.03, 0.8]), "badge_top": rng.choice([0.03, 0.75])}
    values |= {"line_left": rng.uniform(0.02, 0.3), "line_top": rng.choice([0.05, 0.82])}
    return values | {"look": rng.integers(2**31)}


def _crop(plan: Plan) -> Iterator[VideoFrame]:
    """A part of the picture, enlarged, under a badge and a line of text."""
    clip, values = plan.clip, plan.values
    width, height = (round(values["kept"] * side) for side in (clip.width, clip.height))
    box = f"{width}:{height}:{round(values['left'] * clip.width)}:{round(values['top'] * clip.height)}"
    look = int(values["look"])
    drawing = Drawing(
        logo=(values["badge_left"], values["badge_top"], look), line=(values["line_left"], values["line_top"], look)
    )
    drawn = apply(drawing, Image.new("RGBA", (clip.width, clip.height)), None)
    overlay = VideoFrame.from_ndarray(np.asarray(drawn), format="rgba")
    filters = [("crop", box), ("scale", f"{clip.width}:{clip.height}")]
    return compose(Layer(clip.read(), filters), Layer(repeat(overlay)))


def _draw_inset(rng: np.random.Generator, clip: Clip, host: Clip) -> Values:
    return {"side": rng.uniform(0.55, 0.65), "left": rng.uniform(), "top": rng.uniform()}


def _inset(plan: Plan) -> Iterator[VideoFrame]:
    """The clip, shrunk, over the footage of the host, which starts again where it is too short."""
    clip, host, values = plan.clip, _host_of(plan), plan.values
    scale = values["side"] * min(host.width / clip.width, host.height / clip.height)
    width, height = round(scale * clip.width), round(scale * clip.height)
    at = round(values["left"] * (host.width - width)), round(values["top"] * (host.height - height))
    return compose(Layer(host.read_again()), Layer(clip.read(), [("scale", f"{width}:{height}")], at))


def _draw_embedded(rng: np.random.Generator, clip: Clip, host: Clip) -> Values:
    frames = max(SHORTEST_EXCERPT, min(2 * clip.frames // 5, host.frames // 2))
    cut = round(host.frames * rng.uniform(0.25, 0.75))
    return {"cut": cut, "first": (clip.frames - frames) // 2, "frames": frames}


def _embedded(plan: Plan) -> Iterator[VideoFrame]:
    """The host's footage, and in it, from frame `cut` on, `frames` frames of the clip from its frame `first` on."""
    clip, host = plan.clip, _host_of(plan)
    cut, first, frames = (int(plan.values[name]) for name in ("cut", "first", "frames"))
    size = f"{host.width}:{host.height}"
    # Black bars where the pictures differ in shape.
    fit = [("scale", f"{size}:force_original_aspect_ratio=decrease"), ("pad", f"{size}:-1:-1"), ("setsar", "1")]
    return chain(host.read(0, cut), compose(Layer(clip.read(first, first + frames), fit)), host.read(cut))


def _draw_speed(rng: np.random.Generator, clip: Clip, host: Clip) -> Values:
    speed = rng.uniform(*(1.2, 1.4) if rng.random() < 0.5 else (0.7, 0.85))
    hue = rng.uniform(10, 25) * rng.choice([-1, 1])
    return {"speed": speed, "hue": hue, "saturation": rng.uniform(0.6, 1.5), "brightness": rng.uniform(-0.8, 0.8)}


def _speed(plan: Plan) -> Iterator[VideoFrame]:
    """Faster or slower, in other colours."""
    values = plan.values
    colours = f"h={values['hue']:.3f}:s={values['saturation']:.3f}:b={values['brightness']:.3f}"
    timing = [("settb", "1/90000"), ("setpts", f"PTS/{values['speed']:.4f}"), ("fps", f"{FPS}")]
    return compose(Layer(plan.clip.read(), [*timing, ("hue", colours)]))


def _worse(plan: Plan) -> Iterator[VideoFrame]:
    """At half the size."""
    width, height = codable_size(plan.clip.width, plan.clip.height, 0.5)
    return compose(Layer(plan.clip.read(), [("scale", f"{width}:{height}")]))


def _draw_nothing(rng: np.random.Generator, clip: Clip, host: Clip) -> Values:
    return {}


def _host_of(plan: Plan) -> Clip:
    assert plan.host is not None
    return plan.host


class Edit(NamedTuple):
    """frames: of the edited clip. draw: what is random about it. crf: the higher, the worse the pictures."""

    frames: Callable[[Plan], Iterator[VideoFrame]]
    draw: Callable[[np.random.Generator, Clip, Clip], Values] = _draw_nothing
    hosted: bool = False
    crf: int = 26


EDITS = {
    "flip": Edit(_flip),
    "crop": Edit(_crop, _draw_crop),
    "inset": Edit(_inset, _draw_inset, hosted=True),
    "embedded": Edit(_embedded, _draw_embedded, hosted=True),
    "speed": Edit(_speed, _draw_speed),
    "worse": Edit(_worse, crf=40),
}


def plan_edits(clips: Sequence[Clip], seed: int) -> list[Plan]:
    """Every edit of every clip. Hosts are drawn among the other clips, of which there is one at least."""
    plans = []
    for clip in clips:
        others = [other for other in clips if other is not clip]
        for name, edit in EDITS.items():
            rng = generator(seed, f"{clip.id}/{name}")
            host = others[rng.integers(len(others))]
            values = {key: round(float(value), 4) for key, value in edit.draw(rng, clip, host).items()}
            plans.append(Plan(name, clip, host if edit.hosted else None, values))
    return plans
