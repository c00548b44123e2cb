"""mAP and µAP of every task of a dataset, with and without missing videos in the ground truth."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from hapvr.datasets.dataset import Dataset, Task, read_dataset
from hapvr.evaluation.average_precision import area
from hapvr.evaluation.ranking import Ranking, Rankings
from hapvr.storage.scores import Scores


def evaluate(dataset: Dataset | Path | str, scores: Scores) -> dict[str, dict[str, float]]:
    """Metrics of one score matrix: task → its values, all fractions in [0, 1].

    `mAP` (mean over queries of AP) or `uAP` (AP of all pairs in one list) leaves what is missing out of the ground
    truth, as published numbers do; `mAP_strict` or `uAP_strict` counts a missing relevant video as never found, and a
    missing query as AP 0. A query whose relevant videos are all missing leaves the first mean, or has AP 0 in it where
    the published protocol says so (`keeps_unfindable`). A query without relevant videos has no AP and leaves the mean;
    in µAP its pairs are wrong answers. Beside them the counts `queries`, `missing_queries`, `relevant`,
    `missing_relevant`: pairs of the ground truth, and those without a score. A value that no query can give is NaN.
    Raises ValueError for scores with repeated ids or NaN.
    """
    known = dataset if isinstance(dataset, Dataset) else read_dataset(Path(dataset))
    rankings = Rankings(known, scores)
    return {name: evaluate_task(task, rankings.of(task)) for name, task in known.tasks.items()}


def evaluate_task(task: Task, rankings: Sequence[Ranking]) -> dict[str, float]:
    """Values and counts of one task; see `evaluate`."""
    areas = task_areas(task, rankings)
    wanted = denominators(task, rankings, "strict")
    counted = [ranking for ranking, number in zip(rankings, wanted, strict=True) if number or task.metric == "uAP"]
    return {
        task.metric: value(task, areas, denominators(task, rankings, "available")),
        f"{task.metric}_strict": value(task, areas, wanted),
        "queries": len(counted),
        "missing_queries": sum(ranking.ranked is None for ranking in counted),
        "relevant": int(wanted.sum()),
        "missing_relevant": int(wanted.sum()) - sum(len(ranking.found) for ranking in rankings),
    }


def group_values(
    task: Task, rankings: Sequence[Ranking], groups: Mapping[str, Sequence[str]]
) -> dict[str, dict[str, float]]:
    """`evaluate_task` over the queries of each group (an event of EVVE) by itself; mAP tasks only, else empty."""
    if task.metric != "mAP":
        return {}
    by_query = {ranking.query: ranking for ranking in rankings}
    return {group: evaluate_task(task, [by_query[query] for query in queries]) for group, queries in groups.items()}


def task_areas(task: Task, rankings: Sequence[Ranking]) -> np.ndarray:
    """Sums of precision that AP is made of: of each query for mAP, [Q]; of the pooled list for µAP, [1]."""
    if task.metric == "uAP":
        return np.array([area(rankings, task.interpolation)])
    return np.array([area([ranking], task.interpolation) for ranking in rankings])


def denominators(task: Task, rankings: Sequence[Ranking], convention: str) -> np.ndarray:
    """How many relevant videos of each query its AP is divided by, [Q]; 0: the query has no AP.

    `strict`: all of them. `available`: those that have a score; where the published protocol does so, all of them for a
    query that has scores, or 1 for one that has scores and nothing left to find, so that its AP is 0.
    """
    if convention == "strict":
        return np.array([ranking.relevant for ranking in rankings], np.int64)
    return np.array([0 if ranking.ranked is None else _available(task, ranking) for ranking in rankings], np.int64)


def _available(task: Task, ranking: Ranking) -> int:
    if task.keeps_missing:
        return ranking.relevant
    unfindable = task.keeps_unfindable and ranking.relevant > 0 and not len(ranking.found)
    return 1 if unfindable else len(ranking.found)


def value(task: Task, areas: np.ndarray, relevant: np.ndarray) -> float:
    """mAP or µAP of `task_areas` and `denominators`; NaN where there is nothing to find."""
    if not relevant.any():
        return float("nan")
    if task.metric == "uAP":
        return float(areas[0] / relevant.sum())
    return float(np.mean(areas[relevant > 0] / relevant[relevant > 0]))
