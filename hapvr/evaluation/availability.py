"""How much of a benchmark is at hand, and what its ground truth lost with the rest."""

import re
from collections import Counter
from collections.abc import Container, Iterable, Mapping
from typing import Any

import numpy as np

from hapvr.datasets.dataset import Dataset
from hapvr.evaluation.ranking import Rankings
from hapvr.storage.scores import Scores
from hapvr.video.failures import Failure

UNRECORDED = "no features, and no reason recorded"


def count_available(dataset: Dataset, found: Container[str], reasons: Mapping[str, str]) -> dict[str, Any]:
    """What is asked for and what of it was found: `queries`, `database`, and `relevant_pairs` of each task.

    found: videos that can be ranked. reasons: video → why it is missing, in words. `missing` counts them by `kind_of`,
    the most frequent first. A pair of a query and a relevant video is lost with either of them.
    """
    queries = [video for video in dataset.queries if video in found]
    return {
        "queries": _count(dataset.queries, found, reasons),
        "database": _count(dataset.database, found, reasons),
        "relevant_pairs": _count_pairs(dataset, queries, found),
    }


def count_in_part(dataset: Dataset, failures: Iterable[Failure]) -> int:
    """Damaged videos of the ground truth of which a part could be read: ranked by that part, not missing."""
    damaged = {failure.video for failure in failures if failure.seconds_salvaged > 0}
    return len(damaged & {*dataset.queries, *dataset.database})


def kind_of(reason: str) -> str:
    """What reasons of one kind have in common: `other: HTTP error 410` → `other`, `3 pictures` → `N pictures`."""
    return re.sub(r"\d[\d.,]*", "N", reason.partition(":")[0]).strip() or UNRECORDED


def _count(asked: list[str], found: Container[str], reasons: Mapping[str, str]) -> dict[str, Any]:
    missing = [video for video in asked if video not in found]
    kinds = Counter(kind_of(reasons.get(video, UNRECORDED)) for video in missing)
    by_reason = dict(sorted(kinds.items(), key=lambda kind: (-kind[1], kind[0])))
    return {"asked": len(asked), "found": len(asked) - len(missing), "missing": by_reason}


def _count_pairs(dataset: Dataset, queries: list[str], found: Container[str]) -> dict[str, dict[str, int]]:
    """Task → relevant pairs of its ground truth, and those lost."""
    # A ranking of the relevant videos alone, all with the same score, has all that is counted.
    database = [video for video in sorted(_relevant(dataset)) if video in found]
    similarity = np.zeros((len(queries), len(database)), np.float32)
    rankings = Rankings(dataset, Scores(queries, database, similarity))
    pairs = {}
    for name, task in dataset.tasks.items():
        of_task = rankings.of(task)
        asked = sum(ranking.relevant for ranking in of_task)
        pairs[name] = {"asked": asked, "lost": asked - sum(len(ranking.found) for ranking in of_task)}
    return pairs


def _relevant(dataset: Dataset) -> set[str]:
    labels: Iterable[dict[str, list[str]]] = dataset.relevance.values()
    return {video for labelled in labels for videos in labelled.values() for video in videos}
