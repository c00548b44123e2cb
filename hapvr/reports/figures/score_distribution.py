"""How far apart a run holds relevant and irrelevant pairs: similarity by relevance label."""

from typing import Annotated, Any

import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from pydantic import Field

from hapvr.datasets.dataset import Dataset, read_dataset
from hapvr.project import Project
from hapvr.reports.figures.style import GREY, colour_of, new_figure
from hapvr.storage.scores import Scores, read_scores

Runs = Annotated[list[str], Field(min_length=1, description="runs shown")]


OTHER = "other"


def draw(project: Project, *, runs: Runs, benchmark: str) -> Figure:
    """A panel per run: similarity of all (query, video) pairs of all members, by relevance label."""
    section = project.params.figures.score_distribution
    dataset = read_dataset(project.dataset_file(section.benchmark))
    labels = [*dataset.labels, OTHER]
    figure = new_figure(height=3.0)
    panels = figure.subplots(1, len(section.runs), squeeze=False)[0]
    for axes, run in zip(panels, section.runs, strict=True):
        members = read_scores(project.scores_file(run, section.benchmark)).values()
        pairs = pd.concat([labelled_pairs(dataset, scores) for scores in members])
        palette = {label: GREY if label == OTHER else colour_of(project, run) for label in labels}
        look: dict[str, Any] = {
            "density_norm": "width",
            "inner": "quart",
            "cut": 0,
            "linewidth": 0.8,
            "saturation": 1,
            "legend": False,
        }
        sns.violinplot(pairs, x="label", y="similarity", hue="label", order=labels, palette=palette, ax=axes, **look)
        axes.set_title(project.params.runs[run].label, loc="left")
        axes.set(xlabel="", ylabel="similarity" if axes is panels[0] else "")
        axes.grid(visible=False, axis="x")
    return figure


def labelled_pairs(dataset: Dataset, scores: Scores) -> pd.DataFrame:
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
