"""Metrics of many runs, summarised over the members of each run."""

import pandas as pd

TASK = ["benchmark", "task", "metric"]
COUNTS = ["queries", "missing_queries", "relevant", "missing_relevant"]
METRIC_LABELS = {"mAP": "mAP", "uAP": "µAP"}


def summarise(metrics: pd.DataFrame) -> pd.DataFrame:
    """Mean and standard deviation over the members of each run, one row per run, task, metric and convention.

    The deviation is the sample's (n − 1 in the denominator), and empty for a run with one member. Groups of queries are
    left out. Values in %.
    """
    keys = ["run", "label", *TASK, "convention"]
    metrics = metrics[metrics["group"] == ""]
    grouped = metrics.groupby(keys, sort=False)
    statistics = grouped["value"].agg(mean="mean", sd="std", members="size")
    return statistics.join(grouped[COUNTS].max()).reset_index()


def missing(summary: pd.DataFrame) -> pd.DataFrame:
    """Rows of the tasks of which a query or a relevant video is missing: benchmark, task and counts, no repeats."""
    rows = summary[["benchmark", "task", *COUNTS]].drop_duplicates()
    return rows[(rows["missing_queries"] > 0) | (rows["missing_relevant"] > 0)].reset_index(drop=True)
