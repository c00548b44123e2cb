"""Accuracy against cost. No stage draws it, since times are never the same twice: `benchmarks/costs.py` does."""

from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from hapvr.reports.captions import Caption
from hapvr.reports.figures.style import colour_of, new_figure

if TYPE_CHECKING:
    from hapvr.results import Results

NAME = "accuracy_cost"
CAPTION = Caption(
    "Accuracy against cost",
    "Each mark is a row of the method table: its mean over seeds against the size of its index (floats as float16, "
    "bits packed) and against the time of comparing a million pairs of videos, on one core. Horizontal axes are "
    "logarithmic; upper left is better. Costs of the machine that benchmarks/costs.py ran on.",
)

AXES = {
    "index_kb_per_minute": "index, kB per minute of video",
    "seconds_per_million_pairs": "seconds per million pairs of videos",
}


def draw_accuracy_cost(results: "Results", costs: pd.DataFrame, *, benchmark: str, task: str) -> Figure:
    """A panel per kind of cost, a mark per run.

    costs: run, index_kb_per_minute, seconds_per_million_pairs. task: of the benchmark, whose metric is the accuracy.
    """
    metrics = results.metrics(costs["run"], [benchmark])
    chosen = metrics[(metrics["task"] == task) & (metrics["group"] == "") & (metrics["convention"] == "available")]
    accuracy = chosen.groupby("run")["value"].mean()
    figure = new_figure(height=3.8)
    for axes, (column, label) in zip(figure.subplots(1, 2, sharey=True), AXES.items(), strict=True):
        _draw_marks(results, axes, costs.set_index("run")[column], accuracy)
        axes.set(xscale="log", xlabel=label)
    figure.axes[0].set_ylabel(f"{task} on {benchmark}, %")
    return figure


def _draw_marks(results: "Results", axes: Axes, cost: pd.Series, accuracy: pd.Series) -> None:
    """Marks with names; a name stands on the side of its mark where the nearer edge of the panel is not."""
    middle = (cost.min() * cost.max()) ** 0.5
    for run, value in cost.items():
        axes.plot(value, accuracy[run], "o", color=colour_of(results, str(run)), markersize=6)
        right = value <= middle
        axes.annotate(
            results.labels[str(run)],
            (value, accuracy[run]),
            xytext=(6 if right else -6, 0),
            textcoords="offset points",
            ha="left" if right else "right",
            va="center",
            fontsize=8,
        )
