"""AP of single queries before and after: which gained and which lost most."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from hapvr.datasets.dataset import Dataset, Task
from hapvr.evaluation.named_rankings import NamedRankings, retrieval_tasks
from hapvr.storage.scores import Scores

COLUMNS = ["task", "query", "old", "new", "change"]


def precision_changes(dataset: Dataset, old: Mapping[str, Scores], new: Mapping[str, Scores]) -> pd.DataFrame:
    """A row per query whose AP differs in the benchmark's first mAP task: task, query, AP in % before and after.

    AP is the mean over the members of a run, missing videos left out; only queries that have one on both sides.
    """
    name, task = next(iter(retrieval_tasks(dataset).items()), ("", None))
    if task is None:
        return pd.DataFrame(columns=COLUMNS)
    before, after = (_precisions(dataset, task, scores) for scores in (old, new))
    rows = [
        {"task": name, "query": query, "old": before[query], "new": value, "change": value - before[query]}
        for query, value in after.items()
        if query in before and value != before[query]
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def most_changed(changes: pd.DataFrame, number: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows that gained most and those that lost most, at most `number` each, the largest change first."""
    ordered = changes.sort_values(["change", "run", "benchmark", "query"], kind="stable")
    return ordered[ordered["change"] > 0].iloc[::-1].head(number), ordered[ordered["change"] < 0].head(number)


def _precisions(dataset: Dataset, task: Task, scores: Mapping[str, Scores]) -> dict[str, float]:
    """Query → its AP in %, mean over members; of queries that have one with every member."""
    members = [NamedRankings(dataset, one).average_precision(task) for one in scores.values()]
    shared = [query for query in members[0] if all(query in member for member in members)]
    return {query: float(np.mean([100 * member[query] for member in members])) for query in shared}
