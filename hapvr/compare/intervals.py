"""Differences of two states as points on their intervals, a row per run and task."""

from matplotlib.figure import Figure

from hapvr.compare.comparison import Comparison
from hapvr.reports.figures.style import COLOURS, GREY, new_figure
from hapvr.reports.summary import METRIC_LABELS

SHOWN = 60


def draw_intervals(comparison: Comparison) -> Figure | None:
    """At most `SHOWN` rows, in the order of the table; None where no difference has an interval.

    Coloured: larger than noise. A second and third state have marks of other forms.
    """
    table = comparison.table[comparison.table["low"].notna()].head(SHOWN)
    if not len(table):
        return None
    figure = new_figure(height=0.8 + 0.2 * len(table))
    axes = figure.subplots()
    for place, row in enumerate(table.itertuples()):
        colour = GREY if not row.larger_than_noise else COLOURS[2] if row.difference > 0 else COLOURS[0]
        axes.plot([row.low, row.high], [place, place], color=colour)
        axes.plot(row.difference, place, "osD^v"[row.place % 5], color=colour, markersize=4)
    axes.axvline(0, color="#222222", linewidth=0.8)
    labels = [f"{row.run}  {row.benchmark} {row.task} {METRIC_LABELS[row.metric]}" for row in table.itertuples()]
    axes.set_yticks(range(len(table)), [label.replace("$", r"\$") for label in labels])
    axes.set_ylim(len(table) - 0.5, -0.5)
    axes.set_xlabel(f"points of %, minus {comparison.first.name}".replace("$", r"\$"))
    return figure
