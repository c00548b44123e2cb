"""Metrics and curves of many runs, read and summarised over the members of each run."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from hapvr.project import Project

TASK = ["benchmark", "task", "metric"]
COUNTS = ["queries", "missing_queries", "relevant", "missing_relevant"]
METRIC_LABELS = {"mAP": "mAP", "uAP": "µAP"}


def read_metrics(project: Project, runs: Iterable[str], benchmarks: Iterable[str]) -> pd.DataFrame:
    """One row per run, member, task, metric and convention, in the order of `runs` and `benchmarks`.

    Columns: run, label, benchmark, member, task, metric, convention, value (%), and the counts of queries, relevant
    videos and missing ones. Raises FileNotFoundError naming the command that writes a missing file.
    """
    metrics = _read(project, "metrics", runs, benchmarks)
    metrics["value"] *= 100
    return metrics


def read_curves(project: Project, runs: Iterable[str], benchmarks: Iterable[str]) -> pd.DataFrame:
    """Precision-recall curves: run, label, benchmark, task, member, recall and precision (fractions)."""
    return _read(project, "curves", runs, benchmarks)


def summarise(metrics: pd.DataFrame) -> pd.DataFrame:
    """Mean and standard deviation over the members of each run, one row per run, task, metric and convention.

    The deviation is the sample's (n − 1 in the denominator), and empty for a run with one member. Values in %.
    """
    keys = ["run", "label", *TASK, "convention"]
    grouped = metrics.groupby(keys, sort=False)
    statistics = grouped["value"].agg(mean="mean", sd="std", members="size")
    return statistics.join(grouped[COUNTS].max()).reset_index()


def missing(summary: pd.DataFrame) -> pd.DataFrame:
    """Rows of the tasks of which a query or a relevant video is missing: benchmark, task and counts, no repeats."""
    rows = summary[["benchmark", "task", *COUNTS]].drop_duplicates()
    return rows[(rows["missing_queries"] > 0) | (rows["missing_relevant"] > 0)].reset_index(drop=True)


def _read(project: Project, kind: str, runs: Iterable[str], benchmarks: Iterable[str]) -> pd.DataFrame:
    names = [(run, benchmark) for benchmark in benchmarks for run in runs]
    parts = []
    for run, benchmark in names:
        path = project.reports / kind / benchmark / f"{run}.csv"
        part = read_csv(path, f"dvc repro evaluate@{run}-{benchmark}")
        labels = {"run": run, "label": project.params.runs[run].label, "benchmark": benchmark}
        parts.append(part.assign(**labels))
    return pd.concat(parts, ignore_index=True)


def read_csv(path: Path, command: str) -> pd.DataFrame:
    """A table of an earlier stage. Raises FileNotFoundError naming the command that makes it."""
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file; make it with `{command}`")
    return pd.read_csv(path, dtype={"member": str})
