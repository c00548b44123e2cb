"""Loss terms and validation metrics while training."""

from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
import pandas as pd
from pydantic import Field

from hapvr.reports.captions import Caption
from hapvr.reports.figures.drawn import Drawn
from hapvr.reports.figures.style import colour_of, dash_of, legend_above, new_figure

if TYPE_CHECKING:
    from hapvr.results import Results

CAPTION = Caption(
    "Training curves",
    "mAP on training videos that were held out, total loss, its terms without their weights, and gradient norm: mean "
    "over seeds, in a band from the lowest to the highest. Values logged at every step are running means over the last "
    "5 % of the steps; each panel has its own scale.",
)


Runs = Annotated[list[str], Field(min_length=1, description="trained runs")]


COLUMNS = 5
POINTS = 400
"""Of a line at most: more than a panel has pixels."""
SMOOTHED_SHARE = 0.05
NOT_SHOWN = ["step", "learning_rate"]
TITLES = {"infonce": "InfoNCE", "quadlinear_ap": "video-level AP loss", "frame_quadlinear_ap": "frame-level AP loss"}


def draw(results: "Results", *, runs: Runs) -> Drawn:
    """A panel per column of the logs: a line per run, the mean over seeds, in a band from the lowest to the highest.

    Columns written at every step are smoothed: a running mean over the last 5 % of the steps.
    """
    logs = pd.concat(
        smooth_log(results.training_log(run, member)).assign(run=run, member=member)
        for run in runs
        for member in results.members(run)
    )
    names = _columns(logs)
    curves = pd.concat(over_seeds(logs, name, run) for name in names for run in runs)
    rows = -(-len(names) // COLUMNS)
    figure = new_figure(height=0.5 + 1.95 * rows)
    panels = figure.subplots(rows, min(COLUMNS, len(names)), squeeze=False)
    for axes, name in zip(panels.flat, names, strict=False):
        for run in runs:
            line = curves[(curves["panel"] == name) & (curves["run"] == run)]
            look: dict[str, Any] = {"color": colour_of(results, run), "linestyle": dash_of(results, run)}
            axes.plot(line["step"], line["mean"], label=results.labels[run], **look)
            axes.fill_between(line["step"], line["lowest"], line["highest"], alpha=0.2, color=look["color"])
        axes.set_title(TITLES.get(name, name.replace("_", " ")), loc="left")
        axes.set(xlim=(0, logs["step"].max()))
    for axes in panels.flat[len(names) :]:
        axes.set_visible(False)
    figure.supxlabel("training step", fontsize=9)
    legend_above(figure, panels.flat[0])
    return Drawn(figure, curves)


def over_seeds(logs: pd.DataFrame, name: str, run: str) -> pd.DataFrame:
    """One line of a panel: panel, run, step, and mean, lowest and highest of the seeds, at `POINTS` steps or fewer.

    logs: of all runs and members, with columns run and member. Steps without a value of every member are left out.
    """
    of_seeds = logs[logs["run"] == run].pivot(index="step", columns="member", values=name).dropna()
    of_seeds = of_seeds.iloc[
        np.unique(np.linspace(0, len(of_seeds) - 1, min(POINTS, len(of_seeds))).round().astype(int))
    ]
    bounds = {"mean": of_seeds.mean(axis=1), "lowest": of_seeds.min(axis=1), "highest": of_seeds.max(axis=1)}
    return pd.DataFrame({"panel": name, "run": run, **bounds}).reset_index()[["panel", "run", "step", *bounds]]


def _columns(logs: pd.DataFrame) -> list[str]:
    """Columns to draw: validation, total, AP losses, other terms, the gradient's norm."""
    names = [name for name in logs if name not in [*NOT_SHOWN, "run", "member"] and logs[name].notna().any()]
    places = ["validation", "total", "quadlinear_ap", "frame_quadlinear_ap", "", "gradient_norm"]

    def place(name: str) -> int:
        found = [index for index, start in enumerate(places) if start and name.startswith(start)]
        return found[0] if found else places.index("")

    return sorted(names, key=place)


def smooth_log(log: pd.DataFrame) -> pd.DataFrame:
    """A training log in which values of every step are running means over the last 5 % of the steps."""
    window = max(1, round(SMOOTHED_SHARE * len(log)))
    dense = [name for name in log if name not in NOT_SHOWN and log[name].notna().all()]
    return log.assign(**log[dense].rolling(window, min_periods=1).mean())
