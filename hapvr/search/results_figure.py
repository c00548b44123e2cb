"""The figure of `hapvr search`: frames of the query, and under each the best match of every result."""

from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from hapvr.search.files.lettering import shorten
from hapvr.search.files.picture_file import FAINT, FILM, INK, clock
from hapvr.video import Sample

COLUMNS = 8
SIDE, GAP, CAPTION = 1.05, 0.1, 0.34  # inches, as everything below
LEFT, RIGHT, TOP, BOTTOM = 0.3, 0.3, 0.95, 0.1
QUERY_COLOUR = "#0b7285"
LETTER = 0.085


class ShownVideo(NamedTuple):
    """A video, and the frame of it that is shown in each column."""

    title: str
    frames: Sample
    shown: np.ndarray


def choose_columns(frames: int) -> np.ndarray:
    """Frames of a query of `frames` frames that are shown: COLUMNS at most, evenly spread."""
    columns = min(COLUMNS, frames)
    return ((np.arange(columns) + 0.5) * frames / columns).astype(int)


def match_frames(frame_similarity: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """For each frame shown of the query, the most similar frame of the target; frame_similarity [T, T']."""
    best: np.ndarray = frame_similarity[shown].argmax(1)
    return best


def draw_results(query: ShownVideo, results: list[ShownVideo], *, title: str) -> Figure:
    """The query on top, then one row per result."""
    columns, rows = len(query.shown), [query, *results]
    width = LEFT + max(columns * (SIDE + GAP), 5 * (SIDE + GAP)) + RIGHT
    height = TOP + len(rows) * (CAPTION + SIDE + GAP) + BOTTOM
    drawn = Figure(figsize=(width, height), facecolor="white")
    drawn.text(LEFT / width, (height - 0.45) / height, title, fontsize=15, weight="bold")
    note = "under each frame of the query, the frame of the result that is most similar to it"
    drawn.text(LEFT / width, (height - 0.72) / height, note, fontsize=9.5, color=FAINT)
    for number, row in enumerate(rows):
        bottom = height - TOP - (number + 1) * (CAPTION + SIDE + GAP) + GAP
        colour = QUERY_COLOUR if row is query else INK
        caption = shorten(row.title, int((width - LEFT - RIGHT) / LETTER))
        drawn.text(LEFT / width, (bottom + SIDE + 0.09) / height, caption, fontsize=10, color=colour)
        for column, frame in enumerate(row.shown):
            left = LEFT + column * (SIDE + GAP)
            _draw_frame(drawn, (left / width, bottom / height, SIDE / width, SIDE / height), row, frame, colour)
    return drawn


def _draw_frame(
    drawn: Figure, box: tuple[float, float, float, float], video: ShownVideo, frame: int, colour: str
) -> None:
    """One picture with its time in the corner."""
    axes = drawn.add_axes(box)
    axes.imshow(video.frames.images[frame], interpolation="antialiased")
    axes.set(xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set(color=colour, linewidth=1.6 if colour == QUERY_COLOUR else 0.5)
    behind = {"facecolor": FILM, "alpha": 0.75, "edgecolor": "none", "pad": 1.5}
    time = clock(video.frames.timestamps[frame])
    axes.text(0.03, 0.04, time, transform=axes.transAxes, fontsize=7.5, color="white", bbox=behind)
