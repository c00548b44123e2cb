"""What each component adds to retrieval and to detection, side by side on an axis each."""

from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from pydantic import Field

from hapvr.reports.captions import Caption
from hapvr.reports.figures.drawn import Drawn
from hapvr.reports.figures.options import Runs
from hapvr.reports.figures.style import COLOURS, new_figure, task_label
from hapvr.reports.summary import summarise

if TYPE_CHECKING:
    from hapvr.results import Results

CAPTION = Caption(
    "What each component adds",
    "The components of the method added one after another: retrieval on the left axis, detection on the right one, "
    "mean over seeds with the standard deviation (n − 1). Both axes have the same scale and begin above 0, so that "
    "differences are seen. Missing videos are left out of the ground truth (available).",
)

Retrieval = Annotated[str, Field(description="task whose metric is on the left axis")]
Detection = Annotated[str, Field(description="task whose metric is on the right axis")]

WIDTH = 0.36


def draw(results: "Results", *, runs: Runs, benchmark: str, retrieval: Retrieval, detection: Detection) -> Drawn:
    """A pair of bars per run: one task of retrieval on the left axis, one of detection on the right.

    Raises ValueError for a task that the benchmark does not have.
    """
    summary = summarise(results.metrics(runs, [benchmark]))
    summary = summary[summary["convention"] == "available"]
    tasks = {task: summary[summary["task"] == task].set_index("run").reindex(runs) for task in (retrieval, detection)}
    for task, rows in tasks.items():
        if rows["mean"].isna().any():
            known = ", ".join(summary["task"].unique())
            raise ValueError(f"figures.components: {benchmark} has no task {task} of every run; accepted: {known}")
    figure = new_figure(height=3.4)
    left = figure.subplots()
    right = left.twinx()
    span = 1.25 * max(_highest(rows) - _lowest(rows) for rows in tasks.values())
    for place, (axes, rows) in enumerate(zip((left, right), tasks.values(), strict=True)):
        _bars(axes, rows, place=place, span=span)
    left.set_xticks(range(len(runs)), [results.labels[run] for run in runs])
    left.tick_params(axis="x", length=0)
    rows = pd.concat(tasks.values()).reset_index()
    return Drawn(figure, rows[["run", "label", "benchmark", "task", "metric", "mean", "sd", "members"]])


def _bars(axes: Axes, rows: pd.DataFrame, *, place: int, span: float) -> None:
    """The bars of one task; place: 0 on the left, 1 on the right. span: of the axis, in points of %."""
    colour = COLOURS[place]
    look: dict[str, Any] = {"color": colour, "ecolor": "#222222", "capsize": 2.5, "error_kw": {"elinewidth": 1}}
    x = np.arange(len(rows)) + (place - 0.5) * (WIDTH + 0.03)
    bars = axes.bar(x, rows["mean"], WIDTH, yerr=rows["sd"].fillna(0), **look)
    axes.bar_label(bars, fmt="%.1f", fontsize=8, padding=2, color="#333333")
    # Room below the lowest bar for a tenth of the span.
    lowest = max(0.0, _lowest(rows) - 0.1 * span)
    axes.set_ylim(lowest, lowest + 1.15 * span)
    axes.set_ylabel(f"{task_label(*rows[['benchmark', 'task', 'metric']].iloc[0])}, %", color=colour)
    axes.tick_params(axis="y", colors=colour)
    axes.grid(visible=False)


def _highest(rows: pd.DataFrame) -> float:
    return float((rows["mean"] + rows["sd"].fillna(0)).max())


def _lowest(rows: pd.DataFrame) -> float:
    return float((rows["mean"] - rows["sd"].fillna(0)).min())
