"""What changing δ, ρ or a rate of TopK-Chamfer does to every task. On mini_dev, `benchmarks/choices.py` draws it."""

from typing import TYPE_CHECKING, Annotated

import pandas as pd
from matplotlib.axes import Axes
from pydantic import Field

from hapvr.reports.captions import Caption
from hapvr.reports.figures.drawn import Drawn
from hapvr.reports.figures.options import Benchmarks
from hapvr.reports.figures.style import COLOURS, DASHES, legend_above, new_figure, task_label
from hapvr.reports.sensitivity import SWEPT, points_of, with_changes

if TYPE_CHECKING:
    from hapvr.results import Results

NAME = "sensitivity"
CAPTION = Caption(
    "Sensitivity to δ, ρ and the two rates",
    "One parameter changed at a time, all others as the run has them: change of each task in points of %, mean over "
    "the seeds that both have; bars: standard deviation of the mean over all tasks, the thick line. Dotted: the run's "
    "own value. Settings are evenly spaced.",
)

Swept = Annotated[
    list[str],
    Field(min_length=2, description="a run, and runs that each differ from it in one of δ, ρ and the TopK rates"),
]

HEIGHT = 3.3


def draw(results: "Results", *, runs: Swept, benchmarks: Benchmarks) -> Drawn:
    """A panel per parameter, a line per task."""
    return draw_sensitivity(points_of(results, runs, benchmarks))


def draw_sensitivity(points: pd.DataFrame) -> Drawn:
    """The same of points with the columns of `hapvr.reports.sensitivity.POINTS`, wherever they were measured."""
    points = with_changes(points)
    parameters = list(dict.fromkeys(points["parameter"]))
    figure = new_figure(height=HEIGHT)
    panels = figure.subplots(1, len(parameters), squeeze=False, sharey=True)[0]
    for axes, parameter in zip(panels, parameters, strict=True):
        _panel(axes, points[points["parameter"] == parameter].dropna(subset=["change"]))
        axes.set_xlabel(SWEPT[parameter].title)
    panels[0].set_ylabel("change, points of %")
    legend_above(figure, panels[0])
    return Drawn(figure, points)


def _panel(axes: Axes, points: pd.DataFrame) -> None:
    settings = sorted(points["setting"].unique())
    places = {value: place for place, value in enumerate(settings)}
    tasks = points[["benchmark", "task", "metric"]].drop_duplicates().sort_values("metric", kind="stable")
    for number, (benchmark, task, metric) in enumerate(tasks.to_numpy()):
        of_task = points[(points["benchmark"] == benchmark) & (points["task"] == task)]
        line = of_task.groupby("setting")["change"].mean()
        look = {"color": COLOURS[number % len(COLOURS)], "linestyle": DASHES[metric == "uAP"], "linewidth": 1.1}
        axes.plot(line.index.map(places), line, label=task_label(benchmark, task, metric), **look)
    of_members = points.groupby(["setting", "member"])["change"].mean().groupby("setting").agg(["mean", "std"])
    axes.errorbar(
        of_members.index.map(places), of_members["mean"], of_members["std"].fillna(0), color="#222222", linewidth=2.4,
        capsize=2.5, elinewidth=1, marker="o", markersize=4, label="mean of all tasks",
    )  # fmt: skip
    axes.axvline(places[points.loc[points["own"], "setting"].iloc[0]], color="#777777", linestyle=":", linewidth=1.2)
    axes.set_xticks(range(len(settings)), [f"{value:g}" for value in settings])
    axes.set_xlim(-0.3, len(settings) - 0.7)
