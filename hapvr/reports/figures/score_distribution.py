"""How far apart a run holds relevant and irrelevant pairs."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from hapvr.datasets.dataset import Dataset
from hapvr.reports.captions import Caption
from hapvr.reports.figures.drawn import Drawn
from hapvr.reports.figures.options import Runs
from hapvr.reports.figures.style import COLOURS, GREY, colour_of, dash_of, legend_above, new_figure
from hapvr.storage.scores import Scores

if TYPE_CHECKING:
    from hapvr.results import Results

CAPTION = Caption(
    "Similarity of relevant and irrelevant pairs",
    "Similarity of all pairs of a query and a database video, pooled over seeds. Above: on the left pairs with a "
    "relevance label, on the right all others, an outline per run. Below: a panel per run, with both. Densities, so "
    "that all outlines have the same area; dotted: means. The less the two outlines of a run overlap, the better one "
    "threshold for all queries tells them apart: what µAP measures.",
)

OTHER = "other"
BINS = 60
KINDS = {"relevant": COLOURS[2], "irrelevant": GREY}


def draw(results: "Results", *, runs: Runs, benchmark: str) -> Drawn:
    """A panel for relevant and one for irrelevant pairs, an outline per run, of all its members; a panel per run."""
    dataset = results.dataset(benchmark)
    pairs = {
        run: pd.concat([label_pairs(dataset, scores) for scores in results.scores(run, benchmark).values()])
        for run in runs
    }
    bins = count_pairs(pairs)
    figure = new_figure(height=5.2)
    above, below = figure.subfigures(2, 1, squeeze=False)[:, 0]
    upper, lower = above.subplots(1, 2, sharex=True), below.subplots(1, len(runs), squeeze=False, sharex=True)[0]
    for axes, kind in zip(upper, KINDS, strict=True):
        for run in runs:
            look = {"color": colour_of(results, run), "linestyle": dash_of(results, run)}
            _outline(axes, bins[(bins["run"] == run) & (bins["pairs"] == kind)], label=results.labels[run], **look)
        axes.set_title(f"{kind} pairs", loc="left")
        axes.set(xlabel=f"similarity on {benchmark}", ylabel="density")
    for axes, run in zip(lower, runs, strict=True):
        for kind, colour in KINDS.items():
            _outline(axes, bins[(bins["run"] == run) & (bins["pairs"] == kind)], label=f"{kind} pairs", color=colour)
        axes.set_title(results.labels[run], loc="left")
        axes.set(xlabel=f"similarity on {benchmark}", ylabel="density" if axes is lower[0] else "")
    legend_above(above, upper[0])
    legend_above(below, lower[0])
    return Drawn(figure, bins)


def count_pairs(pairs: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """run, pairs (relevant or irrelevant), low and high of a bin, count, density, and the mean of all in its outline.

    pairs: run → as `label_pairs` gives them. Bins are the same for all.
    """
    everything = pd.concat(pairs.values())["similarity"]
    edges = np.linspace(everything.min(), everything.max(), BINS + 1)
    parts = []
    for run, of in pairs.items():
        for kind in KINDS:
            values = of.loc[(of["label"] != OTHER) == (kind == "relevant"), "similarity"]
            count, _ = np.histogram(values, edges)
            shape = {"low": edges[:-1], "high": edges[1:], "count": count}
            density = count / (max(count.sum(), 1) * np.diff(edges))
            parts.append(pd.DataFrame({"run": run, "pairs": kind, **shape, "density": density, "mean": values.mean()}))
    return pd.concat(parts, ignore_index=True)


def _outline(axes: Axes, bins: pd.DataFrame, **look: Any) -> None:
    """A histogram of densities as one outline, with its mean."""
    edges = [*bins["low"], bins["high"].iloc[-1]]
    centres = (bins["low"] + bins["high"]) / 2
    look = {"alpha": 0.15, "linewidth": 1.4, **look}
    sns.histplot(x=centres, weights=bins["density"], bins=edges, element="step", ax=axes, **look)
    axes.axvline(bins["mean"].iloc[0], color=look["color"], linestyle=":", linewidth=1.2)
    axes.set_yticks([])


def label_pairs(dataset: Dataset, scores: Scores) -> pd.DataFrame:
    """One row per ranked (query, video) pair: similarity and label. Excluded videos and non-candidates take no part."""
    rows = []
    for query, similarity in zip(scores.queries, scores.similarity, strict=True):
        row = pd.DataFrame({"similarity": similarity, "label": OTHER}, index=scores.database)
        for label in dataset.labels:
            row.loc[row.index.isin(dataset.relevance.get(query, {}).get(label, [])), "label"] = label
        left_out = row.index.isin([query, *dataset.excluded.get(query, [])])
        if dataset.candidates is not None:
            left_out |= ~row.index.isin([*dataset.candidates.get(query, []), *dataset.distractors])
        rows.append(row[~left_out])
    return pd.concat(rows, ignore_index=True)
