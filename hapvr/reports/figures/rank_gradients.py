"""The gradient that each loss gives a relevant item, by how badly the item is ranked."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

import pandas as pd
import torch
from pydantic import Field
from torch import Tensor

from hapvr.losses import LOSSES
from hapvr.reports.captions import Caption
from hapvr.reports.figures.drawn import Drawn
from hapvr.reports.figures.options import Losses
from hapvr.reports.figures.style import COLOURS, new_figure

if TYPE_CHECKING:
    from hapvr.results import Results

CAPTION = Caption(
    "Gradient by rank",
    "The gradient each loss, with weight 1, gives the only relevant item of a query, as the item moves down through "
    "evenly spaced irrelevant items; both axes logarithmic, the same in all panels. AP is 1/rank here, flat far down: "
    "ranking losses give little there (Blackbox AP at both ends), binned ones swing with the place in a bin. "
    "QuadLinear-AP falls fastest, towards 1/rank³, although each wrongly ordered pair has R's full slope 2/δ: R grows "
    "with the distance of the pair, so the rank that the slope is divided by, squared, grows faster than the true one. "
    "Smooth-AP falls like 1/rank², fed by the nearest items alone; from items many τ away it gets nothing, and R its "
    "slope: see the surrogates of the step function.",
)


Irrelevant = Annotated[int, Field(ge=1, description="irrelevant items ranked with the relevant one")]
Lowest = Annotated[float, Field(ge=0, le=1, description="similarity of the last irrelevant item")]
Highest = Annotated[float, Field(ge=0, le=1, description="similarity of the first; the others are evenly spaced")]


COLUMNS = 5
SMALLEST = 1e-5
"""Drawn at the bottom of the panel, as is zero."""

TITLES = {
    "quadlinear_ap": "QuadLinear-AP",
    "smooth_ap": "Smooth-AP",
    "fast_ap": "FastAP",
    "listwise_ap": "DIR (listwise AP)",
    "blackbox_ap": "Blackbox AP",
    "mae": "MAE",
    "mse": "MSE",
    "contrastive": "Contrastive",
    "triplet": "Triplet",
    "circle": "Circle",
}


def draw(results: "Results", *, irrelevant: Irrelevant, lowest: Lowest, highest: Highest, losses: Losses) -> Drawn:
    """A panel per loss: |∂loss/∂similarity| of the only relevant item against its rank."""
    rows = -(-len(losses) // COLUMNS)
    figure = new_figure(height=0.3 + 1.9 * rows)
    panels = figure.subplots(rows, min(COLUMNS, len(losses)), squeeze=False, sharex=True, sharey=True)
    ranks = range(1, irrelevant + 2)
    spaced = torch.linspace(highest, lowest, irrelevant, dtype=torch.float64)
    found = {name: gradient_norms(name, options, spaced) for name, options in losses.items()}
    largest = max(SMALLEST, *(norms.max().item() for norms in found.values()))
    for axes, name in zip(panels.flat, found, strict=False):
        norms = found[name].clamp(min=SMALLEST)
        colour = COLOURS[0 if name == "quadlinear_ap" else 1]
        axes.plot(ranks, norms, color=colour)
        axes.fill_between(ranks, norms, SMALLEST, color=colour, alpha=0.12, linewidth=0)
        axes.set_title(TITLES.get(name, name), loc="left")
    panels[0, 0].set(xscale="log", yscale="log", xlim=(1, ranks[-1]), ylim=(SMALLEST, 2 * largest))
    panels[0, 0].xaxis.set_major_formatter("{x:g}")
    for axes in panels.flat[len(losses) :]:
        axes.set_visible(False)
    figure.supxlabel(f"rank of the relevant item among {irrelevant} irrelevant ones", fontsize=9)
    figure.supylabel("gradient norm", fontsize=9)
    parts = [pd.DataFrame({"loss": name, "rank": ranks, "gradient_norm": norms}) for name, norms in found.items()]
    return Drawn(figure, pd.concat(parts))


def gradient_norms(name: str, options: Mapping[str, Any], irrelevant: Tensor) -> Tensor:
    """|∂(weight · loss)/∂similarity| of the relevant item at each rank, first to last: [irrelevant + 1].

    options: weight and parameters of the loss. irrelevant: evenly spaced similarities, largest first.
    """
    step = (irrelevant[0] - irrelevant[-1]) / max(1, len(irrelevant) - 1)
    relevance = torch.zeros(1, len(irrelevant) + 1, dtype=torch.float64)
    relevance[0, 0] = 1
    module = LOSSES[name](**{key: value for key, value in options.items() if key != "weight"})
    norms = []
    for rank in range(1, len(irrelevant) + 2):
        # half a step above the item that it is ranked before
        own = (irrelevant[0] + step * (1.5 - rank))[None]
        similarity = torch.cat([own, irrelevant])[None].requires_grad_()
        (gradient,) = torch.autograd.grad(options["weight"] * module(similarity, relevance), similarity)
        norms.append(gradient[0, 0].abs())
    return torch.stack(norms)
