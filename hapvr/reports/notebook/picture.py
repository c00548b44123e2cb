"""A figure as a cell of the notebook shows it: in the house style, the same bytes every time."""

from io import BytesIO
from typing import Any

import matplotlib
from IPython.display import Image
from matplotlib.figure import Figure

from hapvr.drawing import METADATA
from hapvr.reports.figures.style import LOOK, settle

DPI = 110
WIDTH = 960
"""Pixels on the page."""


def house_style() -> None:
    """From here on, figures look like those of the report, whatever the user's matplotlib is set to."""
    matplotlib.rcdefaults()
    look: dict[Any, Any] = LOOK
    matplotlib.rcParams.update(look)


def picture(figure: Figure, *, alt: str) -> Image:
    """The last value of a cell that shows a figure. alt: what is seen, for who does not see it."""
    figure.set_dpi(DPI)
    settle(figure)
    stream = BytesIO()
    figure.savefig(stream, format="png", dpi=DPI, metadata=METADATA[".png"])
    return Image(stream.getvalue(), width=WIDTH, alt=alt)
