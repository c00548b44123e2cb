"""How far apart a run holds relevant and irrelevant pairs: similarity by relevance label."""

from typing import TYPE_CHECKING, Any

import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from hapvr.datasets.dataset import Dataset
from hapvr.reports.captions import Caption
from hapvr.reports.figures.options import Runs
from hapvr.reports.figures.style import GREY, colour_of, new_figure
from hapvr.storage.scores import Scores

if TYPE_CHECKING:
    from hapvr.results import Results

CAPTION = Caption(
    "Similarity by relevance label",
    "Similarity of all pairs of a query and a database video, pooled over seeds, by the label of the pair; "
    "“other” has none. Widths are scaled to be equal; lines are the quartiles. Each run has its own scale.",
)

OTHER = "other"


def draw(results: "Results", *, runs: Runs, benchmark: str) -> Figure:
    """A panel per run: similarity of all (query, video) pairs of all members, by relevance label."""
    dataset = results.dataset(benchmark)
    labels = [*dataset.labels, OTHER]
    figure = new_figure(height=3.0)
    panels = figure.subplots(1, len(runs), squeeze=False)[0]
    for axes, run in zip(panels, runs, strict=True):
        members = results.scores(run, benchmark).values()
        pairs = pd.concat([label_pairs(dataset, scores) for scores in members])
        palette = {label: GREY if label == OTHER else colour_of(results, run) for label in labels}
        look: dict[str, Any] = {
            "density_norm": "width",
            "inner": "quart",
            "cut": 0,
            "linewidth": 0.8,
            "saturation": 1,
            "legend": False,
        }
        sns.violinplot(pairs, x="label", y="similarity", hue="label", order=labels, palette=palette, ax=axes, **look)
        axes.set_title(results.labels[run], loc="left")
        axes.set(xlabel="", ylabel=f"similarity on {benchmark}" if axes is panels[0] else "")
        axes.grid(visible=False, axis="x")
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
