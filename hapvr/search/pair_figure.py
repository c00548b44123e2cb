"""The figure of `hapvr similarity`: a frame-to-frame matrix between two film strips."""

from typing import Any, NamedTuple

import numpy as np
import seaborn
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hapvr.search.files.lettering import shorten
from hapvr.search.files.picture_file import FAINT, FILM, INK, clock
from hapvr.video import Sample

STRIP, SPACE = 0.85, 0.07  # inches, as everything below
LEFT, RIGHT, TOP, BOTTOM = 0.85, 1.0, 1.15, 0.3
LONGEST, SHORTEST = 7.0, 2.6
LETTER = 0.085
MARGIN = 0.06  # of a frame's place on the film


class NamedVideo(NamedTuple):
    """A video in a figure."""

    name: str
    frames: Sample


class Layout:
    """Places on a figure around a matrix of `width` by `height` inches."""

    def __init__(self, queries: int, targets: int) -> None:
        """Frames of either video: the longer one gets the longer side, as far as that leaves room for the other."""
        longest = max(queries, targets)
        self.width, self.height = (max(LONGEST * frames / longest, SHORTEST) for frames in (targets, queries))
        self.left, self.total_width = LEFT + STRIP + SPACE, LEFT + STRIP + SPACE + self.width + RIGHT
        self.total_height = BOTTOM + self.height + SPACE + STRIP + TOP
        self.figure = Figure(figsize=(self.total_width, self.total_height), facecolor="white")

    def axes(self, left: float, bottom: float, width: float, height: float) -> Axes:
        across, up = self.total_width, self.total_height
        return self.figure.add_axes((left / across, bottom / up, width / across, height / up))

    def text(self, left: float, bottom: float, text: str, **style: Any) -> None:
        self.figure.text(left / self.total_width, bottom / self.total_height, text, **style)


def draw_pair(query: NamedVideo, target: NamedVideo, frame_similarity: np.ndarray, *, title: str) -> Figure:
    """The query's film strip down the side, the target's along the top, their frame_similarity [T, T'] between."""
    layout = Layout(*frame_similarity.shape)
    top = BOTTOM + layout.height + SPACE
    strips = [
        (query, layout.axes(LEFT, BOTTOM, STRIP, layout.height), layout.height, True),
        (target, layout.axes(layout.left, top, layout.width, STRIP), layout.width, False),
    ]
    for video, axes, length, vertical in strips:
        pictures = count_pictures(len(video.frames.images), length, STRIP)
        draw_strip(axes, video.frames, pictures=pictures, vertical=vertical)
    bar = layout.axes(layout.left + layout.width + 0.15, BOTTOM, 0.13, layout.height)
    _draw_matrix(layout.axes(layout.left, BOTTOM, layout.width, layout.height), bar, frame_similarity)
    _write(layout, query, target, title=title)
    return layout.figure


def _draw_matrix(axes: Axes, bar: Axes, frame_similarity: np.ndarray) -> None:
    # Attention shortens the features of trained models: their best pairs of frames lie far below 1.
    lowest, highest = min(0.0, float(frame_similarity.min())), max(float(frame_similarity.max()), 0.1)
    shown = {"vmin": lowest, "vmax": highest, "xticklabels": False, "yticklabels": False}
    seaborn.heatmap(frame_similarity, ax=axes, cbar_ax=bar, cmap="mako", rasterized=True, **shown)
    bar.set_ylabel("similarity of two frames", fontsize=9, color=FAINT)
    bar.tick_params(labelsize=8, labelcolor=FAINT, length=0)


def _write(layout: Layout, query: NamedVideo, target: NamedVideo, *, title: str) -> None:
    """Title, and the name of each video along its strip."""
    layout.text(layout.left, layout.total_height - 0.42, title, fontsize=15, weight="bold")
    target_name = shorten(target.name, int(layout.width / LETTER))
    layout.text(layout.left, layout.total_height - TOP + 0.32, target_name, fontsize=10, color=FAINT)
    query_name = shorten(query.name, int(layout.height / LETTER))
    style: dict[str, Any] = {"fontsize": 10, "color": FAINT, "rotation": 90, "va": "top", "ha": "center"}
    layout.text(LEFT - 0.55, BOTTOM + layout.height, query_name, **style)


def count_pictures(frames: int, length: float, thickness: float) -> int:
    """How many pictures a strip of this size (inches) has room for, `frames` at most."""
    return max(1, min(frames, int(length / thickness)))


def draw_strip(axes: Axes, video: Sample, *, pictures: int, vertical: bool) -> None:
    """Draws frames evenly spread over a video, each at its place in time, with its time.

    The strip has the same limits as a matrix of all T frames, 0 to T; a vertical one runs downwards.
    """
    frames, step = len(video.images), len(video.images) / pictures
    box = axes.get_window_extent()
    # Frame numbers across the strip that are as long on paper as those along it.
    across = frames * (box.width / box.height if vertical else box.height / box.width)
    side = min(step, across) * (1 - MARGIN)
    for number in range(pictures):
        centre = (number + 0.5) * step
        start, end = centre - side / 2, centre + side / 2
        low, high = (across - side) / 2, (across + side) / 2
        extent = (low, high, end, start) if vertical else (start, end, low, high)
        axes.imshow(video.images[int(centre)], extent=extent, interpolation="antialiased", zorder=2)
    axes.set(xlim=(0, across) if vertical else (0, frames), ylim=(frames, 0) if vertical else (0, across))
    axes.set_aspect("auto")
    axes.set_facecolor(FILM)
    _time_ticks(axes, video, pictures=pictures, vertical=vertical)


def _time_ticks(axes: Axes, video: Sample, *, pictures: int, vertical: bool) -> None:
    step = len(video.images) / pictures
    centres = [(number + 0.5) * step for number in range(pictures)]
    labels = [clock(video.timestamps[int(centre)]) for centre in centres]
    along, across = (axes.yaxis, axes.xaxis) if vertical else (axes.xaxis, axes.yaxis)
    along.set_ticks(centres, labels)
    across.set_ticks([])
    axes.tick_params(length=0, labelsize=8, labelcolor=INK, top=False, labeltop=not vertical, labelbottom=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
