"""How many of everything a dataset has, beside how many its publishers say."""

from collections import Counter
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd

from hapvr.datasets.dataset import Dataset
from hapvr.evaluation.ranking import Rankings
from hapvr.storage.scores import Scores

ALWAYS = ("queries", "database", "training")


def count_dataset(dataset: Dataset) -> dict[str, int]:
    """What there is → how many, without what there is none of.

    `distractors`: database videos that are no query's candidate. `labelled L`: pairs of a query and a video with label
    L, whether or not a task counts it. `relevant T`: pairs that task T looks for; `queries of T`, where these are not
    all: those that have any.
    """
    counts = {
        "videos": len(dataset.videos),
        "training": len(dataset.training),
        "queries": len(dataset.queries),
        "database": len(dataset.database),
        **_count_candidates(dataset),
        "excluded pairs": _count_all(dataset.excluded),
        "easy duplicates": len(dataset.easy) if isinstance(dataset.easy, list) else _count_all(dataset.easy),
        "groups": len(dataset.groups),
        **_count_labels(dataset),
        **_count_relevant(dataset),
    }
    return {what: count for what, count in counts.items() if count or what in ALWAYS}


def published_counts() -> pd.DataFrame:
    """Columns: dataset, count (as `count_dataset` calls it), published, source; several rows where sources differ."""
    with files("hapvr.datasets").joinpath("published_counts.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file, comment="#")


def beside_published(dataset: Dataset) -> pd.DataFrame:
    """Columns: count, here, published, agrees (`yes` or `no`) and source; the last three empty where nothing is."""
    here = count_dataset(dataset)
    published = published_counts()
    sources: dict[str, list[dict[str, Any]]] = {}
    for row in published[published["dataset"] == dataset.name].to_dict("records"):
        sources.setdefault(row["count"], []).append(row)
    rows = []
    for what in [*here, *(what for what in sources if what not in here)]:
        for row in sources.get(what, [None]):
            rows.append({"count": what, "here": here.get(what, 0), **_agreement(here.get(what, 0), row)})
    return pd.DataFrame(rows)


def _agreement(here: int, row: dict[str, Any] | None) -> dict[str, Any]:
    if row is None:
        return {"published": None, "agrees": "", "source": ""}
    agrees = "yes" if here == row["published"] else "no"
    return {"published": row["published"], "agrees": agrees, "source": row["source"]}


def _count_candidates(dataset: Dataset) -> dict[str, int]:
    if dataset.candidates is None:
        return {}
    distractors = set(dataset.database).difference(*dataset.candidates.values())
    return {"distractors": len(distractors), "candidate pairs": _count_all(dataset.candidates)}


def _count_labels(dataset: Dataset) -> dict[str, int]:
    labels = Counter[str]()
    for labelled in dataset.relevance.values():
        labels.update({label: len(videos) for label, videos in labelled.items()})
    return {f"labelled {label}": labels[label] for label in sorted(labels)}


def _count_relevant(dataset: Dataset) -> dict[str, int]:
    """Of every task; nobody's scores are needed for it."""
    rankings = Rankings(dataset, Scores([], [], np.empty((0, 0), np.float32)))
    counts: dict[str, int] = {}
    for name, task in dataset.tasks.items():
        relevant = [ranking.relevant for ranking in rankings.of(task)]
        counts[f"relevant {name}"] = sum(relevant)
        asked = sum(number > 0 for number in relevant)
        if asked < len(dataset.queries):
            counts[f"queries of {name}"] = asked
    return counts


def _count_all(lists: dict[str, list[str]]) -> int:
    return sum(len(videos) for videos in lists.values())
