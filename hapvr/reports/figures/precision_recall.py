"""Precision against recall, a panel per task and a curve per run."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from hapvr.reports.captions import Caption
from hapvr.reports.figures.drawn import Drawn
from hapvr.reports.figures.options import Benchmarks, Runs
from hapvr.reports.figures.style import colour_of, dash_of, legend_above, new_figure, task_label
from hapvr.reports.summary import TASK

if TYPE_CHECKING:
    from hapvr.results import Results

CAPTION = Caption(
    "Precision and recall",
    "One panel per task. Each curve is the mean over the seeds of a run, at equal recall, missing videos left out "
    "(available). mAP: mean over queries of interpolated precision, the best at that recall or beyond, hence the "
    "steps; their area is not the mAP. µAP: all pairs in one list, not interpolated.",
)

COLUMNS = 5
RECALL = np.linspace(0, 1, 201)


def draw(results: "Results", *, runs: Runs, benchmarks: Benchmarks) -> Drawn:
    """Each curve is the mean over the members of a run, at equal recall."""
    curves = mean_curves(results.curves(runs, benchmarks))
    tasks = results.metrics(runs[:1], benchmarks)[TASK].drop_duplicates()
    tasks = tasks.sort_values("metric", kind="stable")
    rows = -(-len(tasks) // COLUMNS)
    figure = new_figure(height=0.5 + 2.1 * rows)
    panels = figure.subplots(rows, min(COLUMNS, len(tasks)), squeeze=False, sharex=True, sharey=True)
    for axes, task in zip(panels.flat, tasks.itertuples(), strict=False):
        _panel(results, axes, curves[(curves["benchmark"] == task.benchmark) & (curves["task"] == task.task)])
        axes.set_title(task_label(task.benchmark, task.task, task.metric), loc="left", fontsize=8.5)
    for axes in panels.flat[len(tasks) :]:
        axes.set_visible(False)
    panels.flat[0].set(xlim=(0, 1), ylim=(0, 1.02))
    figure.supxlabel("recall", fontsize=9)
    figure.supylabel("precision", fontsize=9)
    legend_above(figure, panels.flat[0])
    # A column per run: a fifth of the lines.
    wide = curves.pivot(index=["benchmark", "task", "recall"], columns="run", values="precision")[runs]
    return Drawn(figure, tasks.merge(wide.reset_index()))


def mean_curves(curves: pd.DataFrame) -> pd.DataFrame:
    """benchmark, task, run, recall (those of `RECALL`) and precision, the mean over the members of each run."""
    keys = ["benchmark", "task", "run"]
    parts = [
        pd.DataFrame({**dict(zip(keys, names, strict=True)), "recall": RECALL, "precision": mean_curve(rows)})
        for names, rows in curves.groupby(keys, sort=False)
    ]
    return pd.concat(parts, ignore_index=True)


def mean_curve(curves: pd.DataFrame) -> np.ndarray:
    """Precision at each of `RECALL`, the mean over the members of one run on one task."""
    members = [rows.sort_values("recall", kind="stable") for _, rows in curves.groupby("member")]
    return np.mean([np.interp(RECALL, rows["recall"], rows["precision"]) for rows in members], axis=0)


def _panel(results: "Results", axes: Axes, curves: pd.DataFrame) -> None:
    for name, rows in curves.groupby("run", sort=False):
        run = str(name)
        line: dict[str, Any] = {"color": colour_of(results, run), "linestyle": dash_of(results, run)}
        axes.plot(rows["recall"], rows["precision"], label=results.labels[run], **line)
    axes.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
    axes.set_yticks([0, 0.5, 1], ["0", "0.5", "1"])
