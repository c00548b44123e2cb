"""Score against training steps and against training videos, as `benchmarks/choices.py` found it."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from hapvr.reports.figures.style import COLOURS, GREY, legend_above, new_figure

AXES = {"steps": "training steps (0: the untrained network)", "videos": "training videos"}


def draw_learning_curves(curves: pd.DataFrame, labels: Mapping[str, str]) -> Figure:
    """A panel per axis, a line per run through the means over seeds, a dot per seed; frozen runs as level lines.

    curves: axis (steps, videos or frozen), value, run, seed, score in %. labels: of runs.
    """
    figure = new_figure(height=3.2)
    panels = figure.subplots(1, len(AXES), sharey=True)
    frozen = curves[curves["axis"] == "frozen"].groupby("run", sort=False)["score"].first()
    for axes, (axis, title) in zip(panels, AXES.items(), strict=True):
        for number, (run, points) in enumerate(curves[curves["axis"] == axis].groupby("run", sort=False)):
            colour = COLOURS[number % len(COLOURS)]
            means = points.groupby("value")["score"].mean()
            axes.plot(means.index, means, color=colour, marker="o", markersize=4, label=labels.get(str(run), run))
            axes.plot(points["value"], points["score"], linestyle="", marker=".", markersize=3, color=colour)
        for run, score in frozen.items():
            axes.axhline(score, color=GREY, linestyle="--", label=f"{labels.get(str(run), run)}, frozen")
        axes.set_xlabel(title)
    panels[0].set_xscale("symlog", linthresh=25)
    panels[0].xaxis.set_major_formatter("{x:g}")
    panels[0].set_ylabel("mean over the tasks of mini_dev, %")
    legend_above(figure, panels[0])
    return figure
