"""Stage `evaluate`: metrics and precision-recall curves of one run on one benchmark."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from hapvr.datasets.dataset import Dataset, Task, read_dataset
from hapvr.evaluation.bootstrap import interval, replicates
from hapvr.evaluation.curves import curve
from hapvr.evaluation.metrics import evaluate_task, group_values
from hapvr.evaluation.options import Evaluate
from hapvr.evaluation.ranking import Ranking, Rankings
from hapvr.project import Project
from hapvr.storage.files import write_json, write_text
from hapvr.storage.scores import Scores, read_scores
from hapvr.video.failures import read_failures

# Beyond what any result means, and short of where sums differ between processors: equal inputs give equal bytes.
DECIMALS = 10
COUNTS = ("queries", "missing_queries", "relevant", "missing_relevant")
GROUP_COLUMNS = ["member", "task", "group", "metric", "convention", "value", *COUNTS]


def evaluate(project: Project, run: str, benchmark: str) -> None:
    """Writes `reports/metrics/{benchmark}/{run}.json` and `.csv`, `reports/curves/…csv` and `reports/groups/…csv`.

    The JSON holds per task the mean over members, its standard deviation (`_sd`, from two members on), the strict
    value and the bounds of the bootstrap interval over queries (`_low`, `_high`, of the mean over members), and what
    was missing. The metrics CSV has a row per member, task and convention; the groups CSV a row per member, mAP task
    and group of queries (EVVE's events), with the header alone where a benchmark has no groups.
    Raises ValueError for a dataset without tasks.
    """
    dataset = read_dataset(project.dataset_file(benchmark))
    if not dataset.tasks:
        raise ValueError(
            f"{project.dataset_file(benchmark)}: tasks: expected at least one, found none; it is no benchmark"
        )
    members = read_scores(project.scores_file(run, benchmark))
    summary: dict[str, dict[str, float]] = {}
    rows: dict[str, list[pd.DataFrame]] = {"metrics": [], "curves": [], "groups": []}
    rankings = {member: Rankings(dataset, scores) for member, scores in members.items()}
    for name, task in dataset.tasks.items():
        ranked = {member: of_member.of(task) for member, of_member in rankings.items()}
        results = {member: evaluate_task(task, of_member) for member, of_member in ranked.items()}
        summary[name] = _summary(task, results, ranked, project.params.evaluate)
        for member, result in results.items():
            rows["metrics"].append(_metrics(member, name, task, result))
            rows["curves"].append(_curve(member, name, task, ranked[member], project.params.evaluate.curve_points))
            rows["groups"].append(_groups(member, name, task, ranked[member], dataset.groups))
    summary["missing"] = _missing(dataset, next(iter(members.values()))) | {"salvaged": _salvaged(project, dataset)}
    for kind, tables in rows.items():
        _write_csv(project.reports / kind / benchmark / f"{run}.csv", pd.concat(tables))
    write_json(project.reports / "metrics" / benchmark / f"{run}.json", summary)


def _summary(
    task: Task,
    results: Mapping[str, Mapping[str, float]],
    ranked: Mapping[str, list[Ranking]],
    params: Evaluate,
) -> dict[str, float]:
    """What `dvc metrics show` prints of one task."""
    metric: str = task.metric
    values = [result[metric] for result in results.values()]
    summary = {metric: float(np.mean(values))}
    if len(values) > 1:
        summary[f"{metric}_sd"] = float(np.std(values, ddof=1))
    summary[f"{metric}_strict"] = float(np.mean([result[f"{metric}_strict"] for result in results.values()]))
    drawn = replicates(task, list(ranked.values()), resamples=params.resamples, seed=params.seed)
    summary[f"{metric}_low"], summary[f"{metric}_high"] = interval(drawn, params.confidence)
    # JSON has no NaN: a task that no available query can answer shows only the values that exist.
    return {key: round(value, DECIMALS) for key, value in summary.items() if not np.isnan(value)}


def _metrics(member: str, name: str, task: Task, result: Mapping[str, float]) -> pd.DataFrame:
    counts = {key: result[key] for key in COUNTS}
    return pd.DataFrame(
        {"member": member, "task": name, "metric": task.metric, "convention": convention, "value": result[key]} | counts
        for convention, key in (("available", task.metric), ("strict", f"{task.metric}_strict"))
    )


def _curve(member: str, name: str, task: Task, rankings: list[Ranking], points: int) -> pd.DataFrame:
    recall, precision = curve(task, rankings, points)
    return pd.DataFrame({"task": name, "member": member, "recall": recall, "precision": precision})


def _groups(
    member: str, name: str, task: Task, rankings: list[Ranking], groups: Mapping[str, list[str]]
) -> pd.DataFrame:
    tables = [
        _metrics(member, name, task, result).assign(group=group)[GROUP_COLUMNS]
        for group, result in group_values(task, rankings, groups).items()
    ]
    return pd.concat(tables) if tables else pd.DataFrame(columns=GROUP_COLUMNS)


def _missing(dataset: Dataset, scores: Scores) -> dict[str, float]:
    """Videos of the ground truth that have no scores, and how many there are."""
    return {
        "queries": len(set(dataset.queries) - set(scores.queries)),
        "queries_of": len(dataset.queries),
        "database": len(set(dataset.database) - set(scores.database)),
        "database_of": len(dataset.database),
    }


def _salvaged(project: Project, dataset: Dataset) -> int:
    """Damaged videos of the ground truth of which a part could be read: ranked by that part, not missing."""
    files = [project.failures_file(dataset.name, shard) for shard in project.params.shards]
    damaged = {failure.video for path in files for failure in read_failures(path) if failure.seconds_salvaged > 0}
    return len(damaged & {*dataset.queries, *dataset.database})


def _write_csv(path: Path, table: pd.DataFrame) -> None:
    write_text(path, table.round(DECIMALS).to_csv(index=False, lineterminator="\n"))
