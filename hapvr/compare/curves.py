"""Precision against recall of the runs whose metrics changed most, at first and now."""

from io import StringIO

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from hapvr.compare.comparison import Comparison
from hapvr.compare.state import State
from hapvr.reports.figures.style import COLOURS, DASHES, legend_above, new_figure

PANELS = 6
COLUMNS = 3
RECALL = np.linspace(0, 1, 201)


def draw_curves(comparison: Comparison) -> Figure | None:
    """A panel per run and task, the `PANELS` mAP tasks with the largest differences; None where none differs."""
    table = comparison.table[(comparison.table["metric"] == "mAP") & (comparison.table["difference"] != 0)]
    chosen = table.loc[table["difference"].abs().sort_values(ascending=False, kind="stable").index].head(PANELS)
    panels = [(row, _curves(comparison, row)) for row in chosen.itertuples()]
    panels = [(row, curves) for row, curves in panels if len(curves) == 2]
    if not panels:
        return None
    rows = -(-len(panels) // COLUMNS)
    figure = new_figure(height=0.5 + 2.4 * rows)
    axes = figure.subplots(rows, COLUMNS, squeeze=False, sharex=True, sharey=True).flat
    for (row, curves), panel in zip(panels, axes, strict=False):
        for name, dash, colour in zip(curves, DASHES[1::-1], COLOURS[1::-1], strict=True):
            panel.plot(RECALL, curves[name], dash, color=colour, label=name.replace("$", r"\$"))
        panel.set_title(f"{row.run}, {row.benchmark} {row.task}".replace("$", r"\$"), loc="left")
    for panel in list(axes)[len(panels) :]:
        panel.set_visible(False)
    figure.supxlabel("recall", fontsize=9)
    figure.supylabel("precision", fontsize=9)
    legend_above(figure, axes[0])
    return figure


def _curves(comparison: Comparison, row: pd.Series) -> dict[str, np.ndarray]:
    """Name of a state → its curve, of those that have one."""
    states = [comparison.first, comparison.compared[row.place].state]
    found = {state.name: _curve(state, row) for state in states}
    return {name: curve for name, curve in found.items() if curve is not None}


def _curve(state: State, row: pd.Series) -> np.ndarray | None:
    """Precision at each of `RECALL`, mean over members."""
    if (text := state.text(f"reports/curves/{row.benchmark}/{row.run}.csv")) is None:
        return None
    table = pd.read_csv(StringIO(text), dtype={"member": str})
    members = [of.sort_values("recall", kind="stable") for _, of in table[table["task"] == row.task].groupby("member")]
    if not members:
        return None
    return np.asarray(np.mean([np.interp(RECALL, of["recall"], of["precision"]) for of in members], axis=0))
