"""What re-ranking a share of the pairs brings, by whose choice."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from pydantic import Field

from hapvr.datasets.dataset import Dataset
from hapvr.evaluation.metrics import evaluate
from hapvr.reports.captions import Caption
from hapvr.reports.figures.drawn import Drawn
from hapvr.reports.figures.style import COLOURS, GREY, legend_above, new_figure, task_label
from hapvr.scoring.reranking import rerank
from hapvr.storage.scores import Scores

if TYPE_CHECKING:
    from hapvr.results import Results

CAPTION = Caption(
    "Re-ranking",
    "mAP against the share of each query's videos that get the fine score in place of the coarse one: chosen by the "
    "selector, by the coarse score itself (the most similar first), or at random. At 0 % all scores are coarse, at "
    "100 % all are fine. Means over seeds; bands: standard deviation.",
)

Share = Annotated[float, Field(ge=0, le=1)]
Shares = Annotated[list[Share], Field(min_length=2, description="shares of pairs re-ranked, in [0, 1]")]

SEED = 0
CHOICES: dict[str, tuple[str, str]] = {
    "selector": (COLOURS[0], "-"),
    "most similar first": (COLOURS[1], "--"),
    "random": (GREY, ":"),
}


def draw(results: "Results", *, run: str, benchmark: str, shares: Shares) -> Drawn:
    """A panel per mAP task of a benchmark, a curve per way to choose. run: a re-ranked one."""
    dataset, parts = results.dataset(benchmark), results.reranking(run)
    coarse, fine = (results.scores(of, benchmark) for of in (parts.coarse, parts.fine))
    curves = rerank_curves(dataset, coarse, fine, results.confidence(run, benchmark), shares)
    tasks = list(dict.fromkeys(curves["task"]))
    figure = new_figure(height=3.0)
    panels = figure.subplots(1, len(tasks), squeeze=False)[0]
    for axes, task in zip(panels, tasks, strict=True):
        for choice, (colour, dash) in CHOICES.items():
            rows = curves[(curves["task"] == task) & (curves["choice"] == choice)]
            values = rows.groupby("share")["value"].agg(["mean", "std"]).fillna(0)
            axes.plot(100 * values.index, values["mean"], dash, marker="o", markersize=3, color=colour, label=choice)
            low, high = values["mean"] - values["std"], values["mean"] + values["std"]
            axes.fill_between(100 * values.index, low, high, color=colour, alpha=0.15, linewidth=0)
        _show_small_shares(axes, shares)
        axes.set_title(task_label(benchmark, task, "mAP"), loc="left")
        axes.set(xlabel="pairs re-ranked, %", ylabel="mAP, %" if axes is panels[0] else "")
    legend_above(figure, panels[0])
    return Drawn(figure, curves.assign(benchmark=benchmark))


def _show_small_shares(axes: Axes, shares: list[float]) -> None:
    """A logarithmic axis of shares from the smallest but 0 on, since a few pairs in a hundred are what matters."""
    smallest = min((share for share in shares if share > 0), default=1.0)
    axes.set_xscale("symlog", linthresh=100 * smallest, linscale=0.4)
    axes.set_xticks([100 * share for share in shares], [f"{100 * share:g}" for share in shares], fontsize=7)
    axes.set_xticks([], minor=True)


def rerank_curves(
    dataset: Dataset,
    coarse: Mapping[str, Scores],
    fine: Mapping[str, Scores],
    confidence: Mapping[str, Scores],
    shares: list[float],
) -> pd.DataFrame:
    """Columns: choice, member, share, task, value (%), of the tasks with mAP."""
    random = np.random.default_rng(SEED)
    ways: dict[str, Callable[[str], np.ndarray]] = {
        "selector": lambda member: confidence[member].similarity,
        "most similar first": lambda member: coarse[member].similarity,
        "random": lambda member: random.random(coarse[member].similarity.shape),
    }
    rows = []
    for choice, way in ways.items():
        for member, first in coarse.items():
            order = way(member)
            for share in shares:
                similarity = rerank(first.similarity, fine[member].similarity / 2 + 0.5, order, share=share)
                values = evaluate(dataset, Scores(first.queries, first.database, similarity))
                rows += [
                    {
                        "choice": choice,
                        "member": member,
                        "share": share,
                        "task": task,
                        "value": 100 * values[task]["mAP"],
                    }
                    for task, of in dataset.tasks.items()
                    if of.metric == "mAP"
                ]
    return pd.DataFrame(rows)
