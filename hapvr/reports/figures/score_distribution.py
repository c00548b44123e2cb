"""How far apart a run holds relevant and irrelevant pairs."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from hapvr.datasets.dataset import Dataset
from hapvr.reports.captions import Caption
from hapvr.reports.figures.options import Runs
from hapvr.reports.figures.style import colour_of, legend_above, new_figure
from hapvr.storage.scores import Scores

if TYPE_CHECKING:
    from hapvr.results import Results

CAPTION = Caption(
    "Similarity of relevant and irrelevant pairs",
    "Similarity of all pairs of a query and a database video, pooled over seeds: on the left pairs with a relevance "
    "label, on the right all others. Densities, so that all outlines have the same area; dotted: means. The less the "
    "two outlines of a run overlap, the better one threshold for all queries tells them apart: what µAP measures.",
)

OTHER = "other"
BINS = 60


def draw(results: "Results", *, runs: Runs, benchmark: str) -> Figure:
    """A panel for relevant and one for irrelevant pairs, an outline per run, of all its members."""
    dataset = results.dataset(benchmark)
    pairs = {
        run: pd.concat([label_pairs(dataset, scores) for scores in results.scores(run, benchmark).values()])
        for run in runs
    }
    everything = pd.concat(pairs.values())["similarity"]
    edges = np.linspace(everything.min(), everything.max(), BINS + 1)
    figure = new_figure(height=3.0)
    panels = figure.subplots(1, 2, sharex=True)
    for axes, relevant in zip(panels, (True, False), strict=True):
        for run, of in pairs.items():
            values = of.loc[(of["label"] != OTHER) == relevant, "similarity"]
            colour = colour_of(results, run)
            look = {"color": colour, "label": results.labels[run], "alpha": 0.15, "linewidth": 1.4}
            sns.histplot(values, bins=edges, stat="density", element="step", ax=axes, **look)
            axes.axvline(values.mean(), color=colour, linestyle=":", linewidth=1.2)
        axes.set_title("relevant pairs" if relevant else "irrelevant pairs", loc="left")
        axes.set(xlabel=f"similarity on {benchmark}", ylabel="")
        axes.set_yticks([])
    legend_above(figure, panels[0])
    return figure


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
