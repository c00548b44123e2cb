"""Rankings that a pair-wise loss cannot tell apart, while Average Precision can."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from pydantic import Field

from hapvr.datasets.dataset import Dataset, Task
from hapvr.evaluation import evaluate
from hapvr.losses import LOSSES
from hapvr.reports.captions import Caption
from hapvr.reports.figures.options import Losses
from hapvr.reports.figures.rank_gradients import TITLES
from hapvr.reports.figures.style import COLOURS, GREY, new_figure
from hapvr.storage.scores import Scores

if TYPE_CHECKING:
    from hapvr.results import Results

CAPTION = Caption(
    "Equal pair-wise loss, different Average Precision",
    "Rankings of the same relevant items among different irrelevant ones; similarities are made up, losses and Average "
    "Precision (AP) computed from them. The pair-wise loss is equal; AP, and a loss made of it, are not.",
)


Similarities = dict[Literal["relevant", "irrelevant"], Annotated[list[float], Field(min_length=1)]]
Rankings = Annotated[
    list[Similarities],
    Field(min_length=2, description="similarities of one query's items, by relevance"),
]


class Judged(NamedTuple):
    """One ranking's pair-wise loss, ranking loss and Average Precision."""

    pairwise: float
    ranking: float
    average_precision: float


def draw(results: "Results", *, rankings: Rankings, pairwise: Losses, ranking: Losses) -> Figure:
    """A panel per ranking: its items from best to worst, and what each measure says of it."""
    (pairwise_loss,), (ranking_loss,) = pairwise.items(), ranking.items()
    figure = new_figure(height=2.7)
    panels = figure.subplots(1, len(rankings), sharex=True)
    for place, (axes, shown) in enumerate(zip(panels, rankings, strict=True)):
        judged = Judged(value(*pairwise_loss, shown), value(*ranking_loss, shown), average_precision(shown))
        _draw_bars(axes, shown)
        title = f"Ranking {place + 1}: AP = {judged.average_precision:.2f}"
        losses = [(pairwise_loss[0], judged.pairwise), (ranking_loss[0], judged.ranking)]
        said = ", ".join(f"{TITLES.get(name, name)} loss {number:.2f}" for name, number in losses)
        axes.set_title(title, loc="left", pad=20)
        axes.text(0, 1.03, said, transform=axes.transAxes, fontsize=9, color="#333333")
        axes.set(xlabel="similarity to the query", xlim=(0, 1.15), xticks=[0, 0.2, 0.4, 0.6, 0.8, 1])
    panels[0].set_ylabel("rank")
    return figure


def value(name: str, options: Mapping[str, Any], ranking: Similarities) -> float:
    """A loss, with its weight and parameters `options`, of one ranking."""
    similarity = torch.tensor([[*ranking["relevant"], *ranking["irrelevant"]]], dtype=torch.float64)
    relevance = torch.tensor([[1.0] * len(ranking["relevant"]) + [0.0] * len(ranking["irrelevant"])])
    module = LOSSES[name](**{key: value for key, value in options.items() if key != "weight"})
    return float(options["weight"]) * float(module(similarity, relevance))


def average_precision(ranking: Similarities) -> float:
    """AP of one ranking, as benchmarks are evaluated."""
    relevant = [f"relevant {place}" for place in range(len(ranking["relevant"]))]
    database = [*relevant, *(f"irrelevant {place}" for place in range(len(ranking["irrelevant"])))]
    dataset = Dataset(
        name="toy",
        videos={name: name for name in ["query", *database]},
        queries=["query"],
        database=database,
        relevance={"query": {"relevant": relevant}},
        tasks={"toy": Task(metric="mAP", labels=["relevant"], interpolation="step")},
    )
    scores = Scores(["query"], database, np.array([[*ranking["relevant"], *ranking["irrelevant"]]]))
    return float(evaluate(dataset, scores)["toy"]["mAP"])


def _draw_bars(axes: Axes, ranking: Similarities) -> None:
    items = [(similarity, "relevant", COLOURS[2]) for similarity in ranking["relevant"]]
    items += [(similarity, "irrelevant", GREY) for similarity in ranking["irrelevant"]]
    items.sort(reverse=True)
    ranks = range(1, len(items) + 1)
    bars = axes.barh(ranks, [item[0] for item in items], color=[item[2] for item in items], height=0.72)
    axes.bar_label(bars, [f"{item[0]:.2f}  {item[1]}" for item in items], fontsize=8, padding=3)
    axes.set_yticks(ranks)
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
