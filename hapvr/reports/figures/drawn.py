"""A figure with the rows that it is drawn from, saved beside each other."""

from pathlib import Path
from typing import NamedTuple

import pandas as pd
from matplotlib.figure import Figure

from hapvr.reports.figures.style import save_as_svg_and_png
from hapvr.storage.files import write_text

DIGITS = "%.5g"
"""Of numbers in a figure's CSV: more than can be seen."""


class Drawn(NamedTuple):
    """rows: every number that the figure shows, and of pictures which frames they are."""

    figure: Figure
    rows: pd.DataFrame


def save_drawn(drawn: Drawn, path: Path) -> None:
    """Writes `path` with the suffixes .svg, .png and .csv."""
    save_as_svg_and_png(drawn.figure, path)
    text = drawn.rows.to_csv(index=False, float_format=DIGITS, lineterminator="\n")
    write_text(path.with_suffix(".csv"), text)
