"""Film strips of a training video under each augmentation alone, and under all of them as in training."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from pydantic import Field
from torch import Tensor
from torch.nn.functional import interpolate

from hapvr.reports.captions import Caption
from hapvr.reports.figures.drawn import Drawn
from hapvr.reports.figures.style import COLOURS, DPI, WIDTH, new_figure
from hapvr.seeding import generator_of
from hapvr.storage.views import Kind
from hapvr.views.clips import Clips
from hapvr.views.options import Temporal, Views
from hapvr.views.randaugment import LARGEST, apply_operation
from hapvr.views.temporal import temporal_indices, window_indices
from hapvr.views.view import augment_view

if TYPE_CHECKING:
    from hapvr.results import Results

CAPTION = Caption(
    "Augmentation",
    "A training video, a weak and a strong view of it as training draws them, and each augmentation alone, all "
    "others switched off; some of RandAugment's operations. Numbers are those of the video's frames; without, frames "
    "are in order. Crop, flip and RandAugment are the same for all frames of a view; text, pictographs and blur are "
    "drawn for each frame.",
)


Video = Annotated[int | str, Field(description="id of the training video, or its number in order of id, from 0")]
Frames = Annotated[int, Field(ge=4, le=16, description="frames of the video that are shown")]
Operation = Literal[
    "shear_x",
    "shear_y",
    "translate_x",
    "translate_y",
    "rotate",
    "brightness",
    "color",
    "contrast",
    "sharpness",
    "posterize",
    "solarize",
    "auto_contrast",
    "equalize",
]
Operations = Annotated[list[Operation], Field(min_length=1, description="RandAugment operations that are shown")]
Seed = Annotated[int, Field(ge=0, description="seed of what is drawn")]


# Every augmentation off; a strip switches on the one that it shows.
OFF: dict[str, Any] = {
    "weak_crop": (1, 1),
    "strong_crop": (1, 1),
    "flip": 0,
    "operations": 0,
    "text": 0,
    "pictograph": 0,
    "blur": 0,
    "video_in_video": 0,
}
# In pixels of the PNG file.
PAGE, MARGIN, LABEL, HEADING, GAP, SPACE = round(WIDTH * DPI), 6, 136, 36, 3, 26

# Steps of brightness of a thumbnail: half the file of 255, and hardly to be seen at this size.
LEVELS = 31


class Strip(NamedTuple):
    """One row. images: [F, 3, H, W] in 0–1. numbers: [F] of the video's frames, or none where they are in order."""

    label: str
    images: Tensor
    numbers: Sequence[int] = ()


def draw(results: "Results", *, video: Video, frames: Frames, operations: Operations, seed: Seed) -> Drawn:
    """Two columns of groups of strips, a strip per augmentation."""
    columns = make_columns(results, video=video, frames=frames, operations=operations, seed=seed)
    side = _side(frames)
    height = max(sum(HEADING + len(strips) * (side + GAP) for strips in groups.values()) for groups in columns) + MARGIN
    figure = new_figure(height=height / DPI)
    figure.set_layout_engine("none")
    # One panel for all, in pixels, so that a thumbnail's pixels are the file's.
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, PAGE), ylim=(height, 0))
    axes.set_axis_off()
    colours = iter(COLOURS)
    for left, groups in zip((MARGIN, (PAGE + SPACE) // 2), columns, strict=True):
        top = 0
        for heading, strips in groups.items():
            _show(axes, heading, strips, corner=(left, top), side=side, colour=next(colours))
            top += HEADING + len(strips) * (side + GAP)
    return Drawn(figure, shown_frames(columns))


def shown_frames(columns: list[dict[str, list[Strip]]]) -> pd.DataFrame:
    """A row per picture: group, strip, place in it, and which frame of the video it shows, from 1."""
    shown = [
        {"group": group, "strip": strip.label, "place": place + 1, "frame": 1 + number}
        for groups in columns
        for group, strips in groups.items()
        for strip in strips
        for place, number in enumerate(strip.numbers or range(len(strip.images)))
    ]
    return pd.DataFrame(shown)


def make_columns(
    results: "Results", *, video: int | str, frames: int, operations: Sequence[str], seed: int
) -> list[dict[str, list[Strip]]]:
    """For the left and the right half, heading → strips."""
    views, temporal = results.views, results.temporal
    video_id, clips = choose_video(results.training_clips(), video)
    clip = clips.read(video_id)[:frames]

    def view(label: str, kind: Kind, **changes: Any) -> Strip:
        params = Views.model_validate(views.model_dump() | changes | {"seed": seed})
        return Strip(label, augment_view(video_id, kind, 0, clip=clip, clips=clips, params=params)[0])

    def in_time(strip: Strip, params: Temporal) -> Strip:
        generator = generator_of(seed, strip.label)
        order = temporal_indices(len(clip), params, generator)
        order = order[window_indices(len(order), frames, generator)]
        return Strip(strip.label, strip.images[order], order.tolist())

    def alone(label: str, **on: Any) -> Strip:
        return view(label, "strong", **OFF | on)

    return [
        {
            "Views": [
                Strip("original", clip, range(len(clip))),
                view("weak", "weak"),
                in_time(view("strong", "strong"), temporal),
            ],
            "Space": [alone("crop", strong_crop=views.strong_crop), alone("flip", flip=1)],
            "Time": [in_time(Strip(_words(name), clip), _only(temporal, name)) for name in temporal.chances],
        },
        {
            f"RandAugment, magnitude {views.magnitude} of {LARGEST}": [
                Strip(_words(name), apply_operation(name, clip, views.magnitude, sign=1.0)) for name in operations
            ],
            "Frame by frame": [alone(name, **{name: 1}) for name in ("text", "pictograph", "blur")],
            "Two videos": [alone("video in video", video_in_video=1)],
        },
    ]


def choose_video(shards: Sequence[Clips], video: int | str) -> tuple[str, Clips]:
    """Id of a training video and the clips of its shard. Raises ValueError for a video that is not there."""
    where = {video_id: clips for clips in shards for video_id in clips.video_ids}
    ids = sorted(where)
    video_id = ids[video] if isinstance(video, int) and 0 <= video < len(ids) else str(video)
    if video_id not in where:
        raise ValueError(
            f"figures.augmentations.video: {video!r} is no training video with frames; give an id or a number "
            f"from 0 to {len(ids) - 1}"
        )
    return video_id, where[video_id]


def _only(temporal: Temporal, name: str) -> Temporal:
    """One temporal augmentation for certain; where segments may be shuffled, they are."""
    chances = dict.fromkeys(temporal.chances, 0) | {name: 1, "shuffle": 1}
    return Temporal.model_validate(temporal.model_dump() | chances)


def _show(
    axes: Axes, heading: str, strips: Sequence[Strip], *, corner: tuple[int, int], side: int, colour: str
) -> None:
    """A heading and strips with their labels on the left, from the upper left corner on."""
    left, top = corner
    axes.text(left, top + HEADING - 8, heading, color=colour, weight="bold", fontsize=8.5, va="baseline")
    for row, strip in enumerate(strips):
        y = top + HEADING + row * (side + GAP)
        axes.text(left, y + side / 2, strip.label, fontsize=8, va="center")
        for place, picture in enumerate(_thumbnails(strip.images, side)):
            x = left + LABEL + place * (side + GAP)
            axes.imshow(picture, extent=(x, x + side, y + side, y), aspect="auto")
            if strip.numbers:
                _number(axes, x, y, strip.numbers[place] + 1)


def _thumbnails(images: Tensor, side: int) -> np.ndarray:
    """[F, side, side, 3] in 0–1."""
    small = interpolate(images, (side, side), mode="bilinear", antialias=True)
    return ((small * LEVELS).round() / LEVELS).permute(0, 2, 3, 1).numpy()


def _number(axes: Axes, x: int, y: int, number: int) -> None:
    box = {"facecolor": "#000000", "alpha": 0.6, "linewidth": 0, "pad": 1}
    axes.text(x + 4, y + 4, str(number), color="white", fontsize=5.5, va="top", bbox=box)


def _side(frames: int) -> int:
    """Pixels of a thumbnail, so that two columns of so many fill the page."""
    return math.floor(((PAGE - SPACE) / 2 - MARGIN - LABEL) / frames) - GAP


def _words(name: str) -> str:
    return name.replace("_", "-") if name == "shuffle_dropout" else name.replace("_", " ")
