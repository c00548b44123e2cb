"""Metrics and curves of a run as tables: a row per member, task, convention and group; points of curves."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from hapvr.datasets.dataset import Dataset, Task
from hapvr.evaluation.bootstrap import interval, replicates
from hapvr.evaluation.curves import curve
from hapvr.evaluation.groups import group_of_queries
from hapvr.evaluation.metrics import evaluate_task, group_values
from hapvr.evaluation.options import Evaluate
from hapvr.evaluation.ranking import Ranking, Rankings
from hapvr.storage.scores import Scores

# Beyond what any result means, and short of where sums differ between processors: equal inputs give equal bytes.
DECIMALS = 10
COUNTS = ("queries", "missing_queries", "relevant", "missing_relevant")


def evaluate_run(
    dataset: Dataset, members: Mapping[str, Scores], options: Evaluate
) -> tuple[dict[str, dict[str, float]], pd.DataFrame, pd.DataFrame]:
    """Summary, metrics and curves of a run's members on one benchmark.

    The summary holds per task the mean over members, its standard deviation (`_sd`, from two members on), the strict
    value and the bounds of the bootstrap interval over groups of queries (`_low`, `_high`, of the mean over members).
    Metrics have a row per member, task, group and convention; `group` is empty for all queries, and names a group of
    queries (an event of EVVE) in mAP tasks of a dataset that has them. Curves have a row per point.
    Raises ValueError for a dataset without tasks.
    """
    if not dataset.tasks:
        raise ValueError(f"{dataset.name}: tasks: expected at least one, found none; it is no benchmark")
    groups = group_of_queries(dataset)
    rankings = {member: Rankings(dataset, scores) for member, scores in members.items()}
    summary: dict[str, dict[str, float]] = {}
    metrics, of_groups, curves = [], [], []
    for name, task in dataset.tasks.items():
        ranked = {member: of_member.of(task) for member, of_member in rankings.items()}
        results = {member: evaluate_task(task, of_member) for member, of_member in ranked.items()}
        summary[name] = _summarise(task, results, ranked, options=options, groups=groups)
        for member, result in results.items():
            metrics.append(_metrics(member, name, task, result))
            for group, of_group in group_values(task, ranked[member], dataset.groups).items():
                of_groups.append(_metrics(member, name, task, of_group, group=group))
            recall, precision = curve(task, ranked[member], options.curve_points)
            curves.append(pd.DataFrame({"task": name, "member": member, "recall": recall, "precision": precision}))
    return summary, pd.concat([*metrics, *of_groups]), pd.concat(curves)


def count_missing(dataset: Dataset, scores: Scores) -> dict[str, int]:
    """Videos of the ground truth that have no scores, and how many there are."""
    return {
        "queries": len(set(dataset.queries) - set(scores.queries)),
        "queries_of": len(dataset.queries),
        "database": len(set(dataset.database) - set(scores.database)),
        "database_of": len(dataset.database),
    }


def as_csv(table: pd.DataFrame) -> str:
    """The same table gives the same text."""
    return str(table.round(DECIMALS).to_csv(index=False, lineterminator="\n"))


def _summarise(
    task: Task,
    results: Mapping[str, Mapping[str, float]],
    ranked: Mapping[str, list[Ranking]],
    *,
    options: Evaluate,
    groups: Mapping[str, str],
) -> dict[str, float]:
    metric: str = task.metric
    values = [result[metric] for result in results.values()]
    summary = {metric: float(np.mean(values))}
    if len(values) > 1:
        summary[f"{metric}_sd"] = float(np.std(values, ddof=1))
    summary[f"{metric}_strict"] = float(np.mean([result[f"{metric}_strict"] for result in results.values()]))
    members = list(ranked.values())
    drawn = replicates(task, members, resamples=options.resamples, seed=options.seed, groups=groups)
    summary[f"{metric}_low"], summary[f"{metric}_high"] = interval(drawn, options.confidence)
    # JSON has no NaN: a task that no available query can answer shows only the values that exist.
    return {key: round(value, DECIMALS) for key, value in summary.items() if not np.isnan(value)}


def _metrics(member: str, name: str, task: Task, result: Mapping[str, float], group: str = "") -> pd.DataFrame:
    """A row for each convention."""
    rows = {"member": member, "task": name, "group": group, "metric": task.metric}
    counts = {key: result[key] for key in COUNTS}
    return pd.DataFrame(
        rows | {"convention": convention, "value": result[key]} | counts
        for convention, key in (("available", task.metric), ("strict", f"{task.metric}_strict"))
    )
