"""Rankings that a pair-wise loss cannot tell apart, while Average Precision can."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import numpy as np
import pandas as pd
import torch
from matplotlib.axes import Axes
from pydantic import Field

from hapvr.datasets.dataset import Dataset, Task
from hapvr.evaluation import evaluate
from hapvr.losses import LOSSES
from hapvr.reports.captions import Caption
from hapvr.reports.figures.drawn import Drawn
from hapvr.reports.figures.options import Losses
from hapvr.reports.figures.rank_gradients import TITLES
from hapvr.reports.figures.style import COLOURS, GREY, new_figure
from hapvr.storage.scores import Scores

if TYPE_CHECKING:
    from hapvr.results import Results

CAPTION = Caption(
    "Equal or better pair-wise loss, worse Average Precision",
    "Rankings of the items of one query; similarities are made up, losses and Average Precision (AP) computed from "
    "them. The pair-wise loss of the second ranking is that of the first, and that of the third is lower, yet their AP "
    "is worse, and a loss made of AP says so.",
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


def draw(results: "Results", *, rankings: Rankings, pairwise: Losses, ranking: Losses) -> Drawn:
    """A panel per ranking: its items from best to worst, and what each measure says of it."""
    (pairwise_loss,), (ranking_loss,) = pairwise.items(), ranking.items()
    figure = new_figure(height=2.9)
    panels = figure.subplots(1, len(rankings), sharex=True)
    rows = []
    for number, (axes, shown) in enumerate(zip(panels, rankings, strict=True), 1):
        judged = Judged(value(*pairwise_loss, shown), value(*ranking_loss, shown), average_precision(shown))
        items = ranked(shown)
        _draw_bars(axes, items)
        axes.set_title(f"Ranking {number}: AP = {judged.average_precision:.2f}", loc="left", pad=32)
        losses = [(pairwise_loss[0], judged.pairwise), (ranking_loss[0], judged.ranking)]
        said = "\n".join(f"{TITLES.get(name, name)} loss {loss:.2f}" for name, loss in losses)
        axes.text(0, 1.03, said, transform=axes.transAxes, fontsize=9, color="#333333")
        axes.set(xlabel="similarity to the query", xlim=(0, 1.4), xticks=[0, 0.2, 0.4, 0.6, 0.8, 1])
        measured = {**{f"{name}_loss": loss for name, loss in losses}, "AP": judged.average_precision}
        rows.append(items.assign(ranking=number, **measured))
    panels[0].set_ylabel("rank")
    return Drawn(figure, pd.concat(rows))


def ranked(ranking: Similarities) -> pd.DataFrame:
    """The items from best to worst: rank, item (relevant or irrelevant), similarity."""
    items = [(similarity, kind) for kind in ("relevant", "irrelevant") for similarity in ranking[kind]]
    table = pd.DataFrame(sorted(items, reverse=True), columns=["similarity", "item"])
    return table.assign(rank=range(1, len(table) + 1))[["rank", "item", "similarity"]]


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


def _draw_bars(axes: Axes, items: pd.DataFrame) -> None:
    colours = items["item"].map({"relevant": COLOURS[2], "irrelevant": GREY})
    bars = axes.barh(items["rank"], items["similarity"], color=colours, height=0.72)
    said = [f"{row.similarity:.2f}  {row.item}" for row in items.itertuples()]
    axes.bar_label(bars, said, fontsize=8, padding=3)
    axes.set_yticks(items["rank"])
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.tick_params(axis="y", length=0)
