"""Loss terms and validation metrics while training."""

from typing import Annotated, Any

import pandas as pd
from matplotlib.figure import Figure
from pydantic import Field

from hapvr.project import Project
from hapvr.reports.figures.style import colour_of, dash_of, legend_above, new_figure

Runs = Annotated[list[str], Field(min_length=1, description="trained runs")]


COLUMNS = 5
SMOOTHED_SHARE = 0.05
NOT_SHOWN = ["step", "learning_rate"]
TITLES = {"infonce": "InfoNCE", "quadlinear_ap": "video-level AP loss", "frame_quadlinear_ap": "frame-level AP loss"}


def draw(project: Project, *, runs: Runs) -> Figure:
    """A panel per column of the logs: a line per run, the mean over seeds, in a band from the lowest to the highest.

    Columns written at every step are smoothed: a running mean over the last 5 % of the steps.
    """
    runs = project.params.figures.training_curves.runs
    logs = pd.concat([read_log(project, run, member) for run in runs for member in project.members(run)])
    names = _columns(logs)
    rows = -(-len(names) // COLUMNS)
    figure = new_figure(height=0.5 + 1.95 * rows)
    panels = figure.subplots(rows, min(COLUMNS, len(names)), squeeze=False)
    for axes, name in zip(panels.flat, names, strict=False):
        for run in runs:
            of_seeds = logs[logs["run"] == run].pivot(index="step", columns="member", values=name).dropna()
            look: dict[str, Any] = {"color": colour_of(project, run), "linestyle": dash_of(project, run)}
            axes.plot(of_seeds.index, of_seeds.mean(axis=1), label=project.params.runs[run].label, **look)
            axes.fill_between(
                of_seeds.index, of_seeds.min(axis=1), of_seeds.max(axis=1), alpha=0.2, color=look["color"]
            )
        axes.set_title(TITLES.get(name, name.replace("_", " ")), loc="left")
        axes.set(xlim=(0, logs["step"].max()))
    for axes in panels.flat[len(names) :]:
        axes.set_visible(False)
    figure.supxlabel("training step", fontsize=9)
    legend_above(figure, panels.flat[0])
    return figure


def _columns(logs: pd.DataFrame) -> list[str]:
    """Columns to draw: validation, total, AP losses, other terms, the gradient's norm."""
    names = [name for name in logs if name not in [*NOT_SHOWN, "run", "member"] and logs[name].notna().any()]
    places = ["validation", "total", "quadlinear_ap", "frame_quadlinear_ap", "", "gradient_norm"]

    def place(name: str) -> int:
        found = [index for index, start in enumerate(places) if start and name.startswith(start)]
        return found[0] if found else places.index("")

    return sorted(names, key=place)


def read_log(project: Project, run: str, member: str) -> pd.DataFrame:
    """The training log of one member of a run, smoothed, with columns step, run and member."""
    folder = project.live_folder(run, member) / "plots" / "metrics"
    files = sorted(folder.glob("*.tsv"))
    if not files:
        raise FileNotFoundError(f"{folder}: no *.tsv; make them with `dvc repro train@{run}-{member}`")
    columns = [pd.read_csv(file, sep="\t", index_col="step") for file in files]
    log = pd.concat(columns, axis=1).sort_index().reset_index()
    window = max(1, round(SMOOTHED_SHARE * len(log)))
    dense = [name for name in log if name not in NOT_SHOWN and log[name].notna().all()]
    log[dense] = log[dense].rolling(window, min_periods=1).mean()
    return log.assign(run=run, member=member)
