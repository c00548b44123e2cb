"""The figure of `hapvr similarity`: a frame-to-frame matrix between two film strips."""

from typing import Any, NamedTuple

import numpy as np
import seaborn
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hapvr.search.film_strip import draw_strip, places
from hapvr.search.picture_file import FAINT, shortened
from hapvr.video import Sample

STRIP, SPACE = 0.85, 0.07  # inches, as everything below
LEFT, RIGHT, TOP, BOTTOM = 0.85, 1.0, 1.15, 0.3
LONGEST, SHORTEST = 7.0, 2.6
LETTER = 0.085


class Video(NamedTuple):
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


def draw_pair(query: Video, target: Video, frame_similarity: np.ndarray, *, title: str) -> Figure:
    """The query's film strip down the side, the target's along the top, their frame_similarity [T, T'] between."""
    layout = Layout(*frame_similarity.shape)
    top = BOTTOM + layout.height + SPACE
    strips = [
        (query, layout.axes(LEFT, BOTTOM, STRIP, layout.height), layout.height, True),
        (target, layout.axes(layout.left, top, layout.width, STRIP), layout.width, False),
    ]
    for video, axes, length, vertical in strips:
        draw_strip(axes, video.frames, places=places(len(video.frames.images), length, STRIP), vertical=vertical)
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


def _write(layout: Layout, query: Video, target: Video, *, title: str) -> None:
    """Title, and the name of each video along its strip."""
    layout.text(layout.left, layout.total_height - 0.42, title, fontsize=15, weight="bold")
    target_name = shortened(target.name, int(layout.width / LETTER))
    layout.text(layout.left, layout.total_height - TOP + 0.32, target_name, fontsize=10, color=FAINT)
    query_name = shortened(query.name, int(layout.height / LETTER))
    style: dict[str, Any] = {"fontsize": 10, "color": FAINT, "rotation": 90, "va": "top", "ha": "center"}
    layout.text(LEFT - 0.55, BOTTOM + layout.height, query_name, **style)
