"""Two stand-ins for the step function and their derivatives: a sigmoid, as in Smooth-AP, and R of QuadLinear-AP."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Annotated

import pandas as pd
import torch
from matplotlib.axes import Axes
from pydantic import Field
from torch import Tensor

from hapvr.losses.quadlinear_surrogate import quadlinear
from hapvr.reports.captions import Caption
from hapvr.reports.figures.drawn import Drawn
from hapvr.reports.figures.style import COLOURS, GREY, new_figure

if TYPE_CHECKING:
    from hapvr.results import Results

CAPTION = Caption(
    "Surrogates of the step function",
    "The sigmoid of Smooth-AP and R of QuadLinear-AP, with their derivatives. Shaded: pairs in the wrong order "
    "whose derivative is below 1 % of its largest value. R keeps its full slope for every wrongly ordered pair. In a "
    "loss the slope is divided by the squared rank: see the gradient by rank.",
)


Temperatures = Annotated[
    list[Annotated[float, Field(gt=0)]], Field(min_length=1, description="τ of the sigmoid G(x; τ)")
]
Deltas = Annotated[list[Annotated[float, Field(gt=0)]], Field(min_length=1, description="δ of R(x; δ)")]


VANISHED = 0.01
"""A derivative below this share of its largest value counts as vanished."""

DIFFERENCE = torch.linspace(-1, 1, 1001, dtype=torch.float64)


def draw(results: "Results", *, temperatures: Temperatures, deltas: Deltas) -> Drawn:
    """Columns: the sigmoid G(x; τ) for several τ, R(x; δ) for several δ; rows: the function, its derivative.

    x is the similarity of an irrelevant item minus that of a relevant one. Where a wrongly ordered pair gets almost no
    gradient is shaded.
    """
    figure = new_figure(height=4.6)
    panels = figure.subplots(2, 2, sharex=True)
    sigmoids = {f"τ = {tau:g}": partial(sigmoid, temperature=tau) for tau in temperatures}
    surrogates = {f"δ = {delta:g}": partial(quadlinear, delta=delta) for delta in deltas}
    _column(panels[:, 0], sigmoids, name="G(x; τ), sigmoid of Smooth-AP")
    _column(panels[:, 1], surrogates, name="R(x; δ), QuadLinear-AP")
    panels[0, 0].set_ylabel("value")
    panels[1, 0].set_ylabel("derivative (log)")
    for axes in panels[1]:
        axes.set_xlabel("x: similarity of an irrelevant item minus that of a relevant one")
    return Drawn(figure, pd.concat([_rows("G", sigmoids), _rows("R", surrogates)], ignore_index=True))


def sigmoid(x: Tensor, temperature: float) -> Tensor:
    """G(x; τ) = 1 / (1 + exp(−x/τ)). Source: Brown et al. 2020 (Smooth-AP)."""
    return (x / temperature).sigmoid()


def derivative(function: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """Derivative of an element-wise function at each x."""
    x = x.clone().requires_grad_()
    return torch.autograd.grad(function(x).sum(), x)[0]


def vanished_from(function: Callable[[Tensor], Tensor]) -> float | None:
    """The x above 0 from which the derivative stays below `VANISHED` of its largest value; None if it never does."""
    slopes = derivative(function, DIFFERENCE)
    alive = DIFFERENCE[slopes >= VANISHED * slopes.max()].max()
    return None if alive == DIFFERENCE[-1] else max(0.0, float(alive))


def _rows(name: str, functions: Mapping[str, Callable[[Tensor], Tensor]]) -> pd.DataFrame:
    """function, parameter, x, value and derivative of each curve."""
    parts = [
        pd.DataFrame(
            {
                "function": name,
                "parameter": label,
                "x": DIFFERENCE,
                "value": function(DIFFERENCE),
                "derivative": derivative(function, DIFFERENCE),
            }
        )
        for label, function in functions.items()
    ]
    return pd.concat(parts)


def _column(panels: list[Axes], functions: Mapping[str, Callable[[Tensor], Tensor]], *, name: str) -> None:
    upper, lower = panels
    for (label, function), colour in zip(functions.items(), COLOURS, strict=False):
        slopes = derivative(function, DIFFERENCE)
        upper.plot(DIFFERENCE, function(DIFFERENCE), color=colour, label=label)
        lower.plot(DIFFERENCE, slopes.where(slopes > 0, torch.nan), color=colour)
        start = vanished_from(function)
        if start is not None:
            lower.axvspan(start, 1, color=colour, alpha=0.1, linewidth=0)
    upper.plot(DIFFERENCE, DIFFERENCE > 0, color=GREY, linestyle="--", linewidth=1, label="step H(x)")
    upper.set_title(name, loc="left")
    upper.set(xlim=(-1, 1), ylim=(-0.1, 3))
    upper.legend(loc="upper left")
    lower.set_yscale("log")
    lower.set_ylim(1e-4, 1e3)
    for axes in panels:
        axes.axvline(0, color=GREY, linewidth=0.8)
    vanishes = any(vanished_from(function) is not None for function in functions.values())
    said = "shaded: wrong order, yet almost no gradient" if vanishes else "wrong order: always the full gradient"
    lower.text(0.985, 0.95, said, transform=lower.transAxes, ha="right", va="top", fontsize=8, color="#333333")
