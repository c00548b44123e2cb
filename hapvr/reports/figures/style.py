"""How every figure looks: sizes, fonts, a colour per run; and how it is saved, the same bytes every time."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from hapvr.drawing import save_figure
from hapvr.reports.summary import METRIC_LABELS

if TYPE_CHECKING:
    from hapvr.results import Results

WIDTH = 10.0
"""Inches. A README shows a figure about 850 pixels wide, so that 9 points are about 11 pixels there."""

DPI = 150
LEGEND_COLUMNS = 6
GREY = "#8a8f98"

# Okabe and Ito's colours, which stay apart for colour-blind readers; Tol's indigo is in the place of yellow, which is
# too light on white.
COLOURS = ["#d55e00", "#0072b2", "#009e73", "#332288", "#56b4e9", "#e69f00", "#cc79a7", "#555555"]
DASHES = ["-", "--", ":", "-."]

LOOK: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.titlesize": 9.5,
    "axes.titleweight": "bold",
    "axes.labelsize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#777777",
    "axes.linewidth": 0.8,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.7,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "xtick.color": "#444444",
    "ytick.color": "#444444",
    "legend.frameon": False,
    "legend.fontsize": 9,
    "lines.linewidth": 1.6,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "svg.fonttype": "path",
}


def new_figure(height: float) -> Figure:
    """An empty figure as wide as all others; height in inches."""
    return Figure(figsize=(WIDTH, height), dpi=DPI, layout="constrained")


def colour_of(results: "Results", run: str) -> str:
    """The colour of a run, the same in every figure: by its place under `runs` in params.yaml."""
    return COLOURS[list(results.labels).index(run) % len(COLOURS)]


def dash_of(results: "Results", run: str) -> str:
    """The line style of a run; tells runs apart that share a colour."""
    return DASHES[list(results.labels).index(run) // len(COLOURS) % len(DASHES)]


def task_label(benchmark: str, task: str, metric: str) -> str:
    """A task as tables call it, `mini_svd SVD µAP`: the dataset SVD has a task of the same name."""
    return f"{benchmark} {task} {METRIC_LABELS[metric]}"


def legend_above(figure: Figure | SubFigure, axes: Axes) -> None:
    """One legend for the whole figure, above it, in the order of drawing, its lines as long as each other."""
    handles, labels = axes.get_legend_handles_labels()
    lines = -(-len(labels) // LEGEND_COLUMNS)
    figure.legend(handles, labels, loc="outside upper center", ncols=-(-len(labels) // lines))


def save_as_svg_and_png(figure: Figure, path: Path) -> None:
    """Writes `path` with the suffixes .svg and .png, without date or version, so that equal figures are equal files."""
    figure.set_dpi(DPI)
    settle(figure)
    for suffix in (".svg", ".png"):
        save_figure(figure, path.with_suffix(suffix), dpi=DPI)


def settle(figure: Figure) -> None:
    """Lays the figure out for good and rounds where its panels are.

    The solver of the layout adds in an order that varies, so that its last digits do, and with them the names of clip
    paths in SVG, which are hashes of unrounded numbers.
    """
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for axes in figure.axes:
        axes.set_position(np.round(axes.get_position(original=True).bounds, 6).tolist())
