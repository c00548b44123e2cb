"""Queries of a benchmark beside one video of each relevance label and a distractor."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from PIL import Image
from pydantic import Field

from hapvr.datasets.dataset import Dataset
from hapvr.reports.captions import Caption
from hapvr.reports.figures.drawn import Drawn
from hapvr.reports.figures.style import COLOURS, GREY, WIDTH, new_figure

if TYPE_CHECKING:
    from hapvr.results import Results

CAPTION = Caption(
    "Contact sheet",
    "Queries, and for each one video of every relevance label and a distractor: two sampled frames, of a duplicate "
    "scene three, since often only a part of it shows the query's scene.",
)


Queries = Annotated[int, Field(ge=1, description="rows of the sheet")]


QUERY, DISTRACTOR = "query", "distractor"
TITLES = {
    "ND": "ND\nnear-duplicate",
    "DS": "DS\nduplicate scene",
    "CS": "CS\ncomplementary scene",
    "IS": "IS\nincident scene",
}
FRAMES = 2
FRAMES_OF = {"DS": 3}
"""Of a duplicate scene more frames: often only a part of its video shows it."""

FRAME_PIXELS = 112
GAP_PIXELS = 3


def draw(results: "Results", *, benchmark: str, queries: Queries) -> Drawn:
    """A row per query: frames of the query, of the first video of each label, and of a video of no label."""
    dataset = results.dataset(benchmark)
    rows = choose_rows(dataset, queries)
    strips = results.images(benchmark, {video for row in rows for video in row.values()})
    columns = [QUERY, *[label for label in dataset.labels if any(label in row for row in rows)], DISTRACTOR]
    widths = [FRAMES_OF.get(column, FRAMES) for column in columns]
    figure = new_figure(height=0.5 + len(rows) * (WIDTH / sum(widths) + 0.03))
    figure.set_layout_engine("constrained", w_pad=0.03, h_pad=0.015, wspace=0, hspace=0)
    panels = figure.subplots(len(rows), len(columns), squeeze=False, width_ratios=widths)
    for row, line in zip(rows, panels, strict=True):
        for column, frames, axes in zip(columns, widths, line, strict=True):
            _show(axes, strips.get(row.get(column, "")), frames=frames, colour=_colour(columns, column))
    for column, axes in zip(columns, panels[0], strict=True):
        axes.set_title(TITLES.get(column, column), fontsize=8.5, color=_colour(columns, column))
    return Drawn(figure, shown_frames(rows, {video: len(images) for video, images in strips.items()}, benchmark))


def shown_frames(rows: list[dict[str, str]], lengths: Mapping[str, int], benchmark: str) -> pd.DataFrame:
    """A row per picture of the sheet. lengths: video → how many frames it has; none, if it could not be read."""
    shown = [
        {"benchmark": benchmark, "row": number, "column": column, "video": video, "frame": place}
        for number, row in enumerate(rows, 1)
        for column, video in row.items()
        if video in lengths
        for place in _places(FRAMES_OF.get(column, FRAMES), lengths[video])
    ]
    return pd.DataFrame(shown, columns=["benchmark", "row", "column", "video", "frame"])


def choose_rows(dataset: Dataset, count: int) -> list[dict[str, str]]:
    """Column → video id for `count` queries spread over the dataset, those first that have a video of every label."""
    kinds = dataset.labels
    relevance = {query: dataset.relevance.get(query, {}) for query in dataset.queries}
    queries = sorted(dataset.queries, key=lambda query: -sum(bool(relevance[query].get(kind)) for kind in kinds))
    complete = [query for query in queries if all(relevance[query].get(kind) for kind in kinds)]
    pool = complete if len(complete) >= count else queries
    spread = [pool[index] for index in np.linspace(0, len(pool) - 1, min(count, len(pool))).round().astype(int)]
    relevant = {video for of_query in relevance.values() for videos in of_query.values() for video in videos}
    distractors = [video for video in dataset.database if video not in relevant and video not in relevance]
    rows = []
    for place, query in enumerate(spread):
        row = {QUERY: query} | {kind: relevance[query][kind][0] for kind in kinds if relevance[query].get(kind)}
        rows.append(row | ({DISTRACTOR: distractors[place % len(distractors)]} if distractors else {}))
    return rows


def _show(axes: Axes, images: list[np.ndarray] | None, *, frames: int, colour: str) -> None:
    """Evenly spaced frames side by side with a line in the column's colour below; nothing for a missing video."""
    axes.set_axis_off()
    if images is None:
        return
    places = _places(frames, len(images))
    thumbnails = [np.asarray(Image.fromarray(images[place]).resize((FRAME_PIXELS, FRAME_PIXELS))) for place in places]
    gap = np.full((FRAME_PIXELS, GAP_PIXELS, 3), 255, np.uint8)
    strip = np.concatenate([part for thumbnail in thumbnails for part in (gap, thumbnail)][1:], axis=1)
    axes.imshow(strip)
    axes.axhline(FRAME_PIXELS + 2, color=colour, linewidth=2.5, clip_on=False)


def _places(frames: int, length: int) -> list[int]:
    """So many frames, evenly spread over a video of `length`."""
    places: list[int] = ((np.arange(frames) + 0.5) / frames * length).astype(int).tolist()
    return places


def _colour(columns: list[str], column: str) -> str:
    return {QUERY: "#222222", DISTRACTOR: GREY}.get(column, COLOURS[columns.index(column) - 1])
