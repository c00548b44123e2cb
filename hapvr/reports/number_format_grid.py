"""The table of the stage `precision`, as people read it."""

import pandas as pd

from hapvr.project import Project
from hapvr.reports.grid import Grid
from hapvr.reports.summary import METRIC_LABELS, read_csv

NAME = "precision"
EXPLANATION = (
    "The first member of each run, scored in float32 and again with the region products in another number format; all "
    "that follows them is float32. Error: absolute difference of a score from float32, the largest and the mean over "
    "all pairs of a query and a database video; scores lie between −1 and 1. Tasks: change of the metric in points of "
    "%, and in brackets its value in float32."
)


def precision_grid(table: pd.DataFrame) -> Grid:
    """Runs in number formats × errors and tasks, mAP before µAP; nothing is bold."""
    tasks = table.sort_values("metric", kind="stable", key=lambda metric: metric == "uAP")
    rows = {}
    for (label, dtype), cells in tasks.groupby(["label", "dtype"], sort=False):
        first = cells.iloc[0]
        row = {("error, millionths", head, ""): f"{1e6 * first[f'{head}_error']:.0f}" for head in ("largest", "mean")}
        for cell in cells.itertuples():
            head = (METRIC_LABELS[str(cell.metric)], str(cell.benchmark), str(cell.task))
            row[head] = f"{_signed(cell.change)} ({cell.float32:.1f})"
        rows[f"{label}, {dtype}"] = row
    text = pd.DataFrame.from_dict(rows, orient="index")
    text.columns = pd.MultiIndex.from_tuples(text.columns)
    return Grid(text, pd.DataFrame(False, index=text.index, columns=text.columns))


def read_precision(project: Project) -> pd.DataFrame:
    """The table as it was written. Raises FileNotFoundError naming the command that makes it."""
    return read_csv(project.reports / "tables" / f"{NAME}.csv", f"dvc repro {NAME}")


def _signed(change: float) -> str:
    """Two decimals; a plus or a real minus sign, none for what prints as zero."""
    text = f"{change:+.2f}"
    return "0.00" if float(text) == 0 else text.replace("-", "−")
