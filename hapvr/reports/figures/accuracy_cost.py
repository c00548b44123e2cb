"""Accuracy against cost. No stage draws it, since times are never the same twice: `benchmarks/costs.py` does."""

from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.axes import Axes

from hapvr.reports.captions import Caption
from hapvr.reports.figures.drawn import Drawn
from hapvr.reports.figures.style import GREY, colour_of, new_figure, task_label

if TYPE_CHECKING:
    from hapvr.results import Results

NAME = "accuracy_cost"
CAPTION = Caption(
    "Accuracy against cost",
    "Each mark is a row of the method table: its mean over seeds against the size of its index (floats as float16, "
    "bits packed) and against the time of comparing a million pairs of videos, on one core. Horizontal axes are "
    "logarithmic; upper left is better. Costs of the machine that benchmarks/costs.py ran on.",
)

# Between names, as a share of the height of all marks; between a mark and its name, a factor of the cost; between marks
# whose names may be in each other's way.
SPACING, STEP, NEAR = 0.055, 1.35, 3

AXES = {
    "index_kb_per_minute": "index, kB per minute of video",
    "seconds_per_million_pairs": "seconds per million pairs of videos",
}


def draw_accuracy_cost(results: "Results", costs: pd.DataFrame, *, benchmark: str, task: str) -> Drawn:
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
    named = task_label(benchmark, task, chosen["metric"].iloc[0])
    figure.axes[0].set_ylabel(f"{named}, %")
    return Drawn(figure, costs[["run", "label", *AXES]].assign(**{f"{named}, %": costs["run"].map(accuracy)}))


def _draw_marks(results: "Results", axes: Axes, cost: pd.Series, accuracy: pd.Series) -> None:
    """Marks with names, on the side of the mark where the nearer edge is not; names in a crowd stand apart."""
    middle = (cost.min() * cost.max()) ** 0.5
    gap = SPACING * (accuracy.max() - accuracy.min())
    costs = cost.sort_values()
    for _, near in costs.groupby((costs / costs.shift() > NEAR).cumsum()):
        right = near.iloc[0] <= middle
        marks = accuracy[near.index].sort_values()
        for (run, value), height in zip(marks.items(), spread(marks.tolist(), gap), strict=True):
            axes.plot(cost[run], value, "o", color=colour_of(results, str(run)), markersize=6)
            axes.annotate(
                results.labels[str(run)],
                (cost[run], value),
                xytext=(cost[run] * (STEP if right else 1 / STEP), height),
                ha="left" if right else "right",
                va="center",
                fontsize=8,
                arrowprops={"arrowstyle": "-", "color": GREY, "linewidth": 0.6, "shrinkA": 0, "shrinkB": 2},
            )


def spread(heights: list[float], gap: float) -> list[float]:
    """Heights in rising order, moved as little apart as leaves `gap` between neighbours; crowds stay where they are.

    Neighbours that are too close become one crowd around their mean, and so do crowds.
    """
    crowds: list[list[float]] = []
    for height in heights:
        crowds.append([height])
        while len(crowds) > 1 and _foot(crowds[-1], gap) < _foot(crowds[-2], gap) + len(crowds[-2]) * gap:
            last = crowds.pop()
            crowds[-1] += last
    return [_foot(crowd, gap) + place * gap for crowd in crowds for place in range(len(crowd))]


def _foot(crowd: list[float], gap: float) -> float:
    return sum(crowd) / len(crowd) - gap * (len(crowd) - 1) / 2
