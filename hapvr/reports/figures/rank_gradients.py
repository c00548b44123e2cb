"""The gradient that each loss gives a relevant item, by how badly the item is ranked."""

from typing import Annotated, Any

import torch
from matplotlib.figure import Figure
from pydantic import Field
from torch import Tensor

from hapvr.losses import LOSSES
from hapvr.params.figures import RankGradients
from hapvr.params.runs import Loss
from hapvr.project import Project
from hapvr.reports.figures.style import COLOURS, new_figure

Irrelevant = Annotated[int, Field(ge=1, description="irrelevant items ranked with the relevant one")]
Lowest = Annotated[float, Field(ge=0, le=1, description="similarity of the last irrelevant item")]
Highest = Annotated[float, Field(ge=0, le=1, description="similarity of the first; the others are evenly spaced")]
# Name → weight and parameters, as params.yaml has the losses of a run; a panel each.
Losses = dict[str, dict[str, Any]]


COLUMNS = 5
SMALLEST_SHARE = 1e-6
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


def draw(project: Project, *, irrelevant: Irrelevant, lowest: Lowest, highest: Highest, losses: Losses) -> Figure:
    """A panel per loss: |∂loss/∂similarity| of the only relevant item against its rank, as a share of the largest."""
    section = project.params.figures.rank_gradients
    rows = -(-len(section.losses) // COLUMNS)
    figure = new_figure(height=0.3 + 1.9 * rows)
    panels = figure.subplots(rows, min(COLUMNS, len(section.losses)), squeeze=False, sharex=True, sharey=True)
    ranks = range(1, section.irrelevant + 2)
    for axes, loss in zip(panels.flat, section.losses, strict=False):
        norms = gradient_norms(loss, section)
        shares = norms / norms.max().clamp(min=torch.finfo(norms.dtype).tiny)
        colour = COLOURS[0 if loss.name == "quadlinear_ap" else 1]
        axes.plot(ranks, shares.clamp(min=SMALLEST_SHARE), color=colour)
        axes.fill_between(
            ranks, shares.clamp(min=SMALLEST_SHARE), SMALLEST_SHARE, color=colour, alpha=0.12, linewidth=0
        )
        axes.set_title(TITLES.get(loss.name, loss.name), loc="left")
    panels[0, 0].set(xscale="log", yscale="log", xlim=(1, ranks[-1]), ylim=(SMALLEST_SHARE, 2))
    panels[0, 0].xaxis.set_major_formatter("{x:g}")
    for axes in panels.flat[len(section.losses) :]:
        axes.set_visible(False)
    figure.supxlabel(f"rank of the relevant item among {section.irrelevant} irrelevant ones", fontsize=9)
    figure.supylabel("gradient norm, share of its largest", fontsize=9)
    return figure


def gradient_norms(loss: Loss, section: RankGradients) -> Tensor:
    """|∂(weight · loss)/∂similarity| of the relevant item at each rank, first to last: [irrelevant + 1]."""
    irrelevant = torch.linspace(section.highest, section.lowest, section.irrelevant, dtype=torch.float64)
    step = (section.highest - section.lowest) / max(1, section.irrelevant - 1)
    relevance = torch.zeros(1, section.irrelevant + 1, dtype=torch.float64)
    relevance[0, 0] = 1
    module = LOSSES[loss.name](**loss.model_dump(exclude={"name", "weight"}))
    norms = []
    for rank in range(1, section.irrelevant + 2):
        # half a step above the item that it is ranked before
        own = torch.tensor([section.highest + step * (1.5 - rank)], dtype=torch.float64)
        similarity = torch.cat([own, irrelevant])[None].requires_grad_()
        (gradient,) = torch.autograd.grad(loss.weight * module(similarity, relevance), similarity)
        norms.append(gradient[0, 0].abs())
    return torch.stack(norms)
