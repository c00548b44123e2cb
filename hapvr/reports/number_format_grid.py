"""The table of the stage `number_format`: its rows, and how people read it."""

import numpy as np
import pandas as pd

from hapvr.datasets.dataset import Dataset
from hapvr.evaluation import evaluate
from hapvr.reports.grid import Grid, signed
from hapvr.reports.summary import METRIC_LABELS
from hapvr.storage.scores import Scores

NAME = "number_format"
EXPLANATION = (
    "The first member of each run, scored in float32 and again with the region products in another number format; all "
    "that follows them is float32. Error: absolute difference of a score from float32, the largest and the mean over "
    "all pairs of a query and a database video; scores lie between −1 and 1. Tasks: change of the metric in points of "
    "%, and in brackets its value in float32."
)


def measure_change(dataset: Dataset, exact: Scores, other: Scores) -> pd.DataFrame:
    """A row per task: its value with `exact` scores in % and the change in points of %, beside the score errors."""
    errors = np.abs(other.similarity.astype(np.float64) - exact.similarity)
    before, after = evaluate(dataset, exact), evaluate(dataset, other)
    rows = []
    for name, task in dataset.tasks.items():
        value, changed = 100 * before[name][task.metric], 100 * after[name][task.metric]
        rows.append({"task": name, "metric": task.metric, "float32": value, "change": changed - value})
    return pd.DataFrame(rows).assign(largest_error=errors.max(), mean_error=errors.mean())


def number_format_grid(table: pd.DataFrame) -> Grid:
    """Runs in number formats × errors and tasks, mAP before µAP; nothing is bold."""
    tasks = table.sort_values("metric", kind="stable", key=lambda metric: metric == "uAP")
    rows = {}
    for (label, dtype), cells in tasks.groupby(["label", "dtype"], sort=False):
        first = cells.iloc[0]
        row = {("error, millionths", head, ""): f"{1e6 * first[f'{head}_error']:.0f}" for head in ("largest", "mean")}
        for cell in cells.itertuples():
            head = (METRIC_LABELS[str(cell.metric)], str(cell.benchmark), str(cell.task))
            row[head] = f"{signed(cell.change)} ({cell.float32:.1f})"
        rows[f"{label}, {dtype}"] = row
    text = pd.DataFrame.from_dict(rows, orient="index")
    text.columns = pd.MultiIndex.from_tuples(text.columns)
    return Grid(text, pd.DataFrame(False, index=text.index, columns=text.columns))
