"""Bars of the runs that add one component of the method after another."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from hapvr.reports.captions import Caption
from hapvr.reports.figures.drawn import Drawn
from hapvr.reports.figures.options import Benchmarks, Runs
from hapvr.reports.figures.style import colour_of, legend_above, new_figure, task_label
from hapvr.reports.summary import summarise

if TYPE_CHECKING:
    from hapvr.results import Results

CAPTION = Caption(
    "Ablation bars",
    "The components of the method added one after another: mean over seeds, with the standard deviation (n − 1). "
    "Missing videos are left out of the ground truth (available).",
)

GROUP_WIDTH = 0.84


def draw(results: "Results", *, runs: Runs, benchmarks: Benchmarks) -> Drawn:
    """A panel per benchmark, a group of bars per task: mean over seeds and its standard deviation, `available`."""
    summary = summarise(results.metrics(runs, benchmarks))
    summary = summary[summary["convention"] == "available"]
    figure = new_figure(height=0.7 + 2.7 * len(benchmarks))
    panels = figure.subplots(len(benchmarks), 1, squeeze=False)[:, 0]
    for axes, benchmark in zip(panels, benchmarks, strict=True):
        _panel(results, axes, summary[summary["benchmark"] == benchmark])
    legend_above(figure, panels[0])
    return Drawn(figure, summary[["run", "label", "benchmark", "task", "metric", "mean", "sd", "members"]])


def _panel(results: "Results", axes: Axes, summary: pd.DataFrame) -> None:
    runs, tasks = summary["run"].unique(), summary["task"].unique()
    of_tasks = summary.drop_duplicates("task")[["benchmark", "task", "metric"]].to_numpy()
    width = GROUP_WIDTH / len(runs)
    for place, run in enumerate(runs):
        rows = summary[summary["run"] == run].set_index("task").loc[tasks]
        x = np.arange(len(tasks)) + (place - (len(runs) - 1) / 2) * width
        look: dict[str, Any] = {
            "color": colour_of(results, run),
            "ecolor": "#222222",
            "capsize": 2.5,
            "error_kw": {"elinewidth": 1},
        }
        bars = axes.bar(x, rows["mean"], width * 0.92, yerr=rows["sd"], label=rows["label"].iloc[0], **look)
        axes.bar_label(bars, fmt="%.1f", fontsize=7, padding=1.5, color="#333333")
    names = [task_label(*of).replace(" ", "\n", 1) for of in of_tasks]
    axes.set_xticks(range(len(tasks)), names)
    axes.set_xlim(-0.55, len(tasks) - 0.45)
    axes.set(ylabel="%", ylim=(0, 1.12 * (summary["mean"] + summary["sd"].fillna(0)).max()))
    axes.grid(visible=False, axis="x")
    axes.tick_params(axis="x", length=0)
