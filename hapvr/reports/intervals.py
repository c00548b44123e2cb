"""The interval over queries of each value of a table."""

from typing import TYPE_CHECKING

import pandas as pd

from hapvr.reports.summary import METRIC_LABELS

if TYPE_CHECKING:
    from hapvr.results import Results


def bounds_of(results: "Results", run: str, benchmark: str) -> dict[str, tuple[float, float]]:
    """Task → bounds of its interval, fractions, of those that have one."""
    return {
        task: (values[f"{metric}_low"], values[f"{metric}_high"])
        for task, values in results.summary(run, benchmark).items()
        for metric in METRIC_LABELS
        if f"{metric}_low" in values
    }


def with_intervals(results: "Results", summary: pd.DataFrame) -> pd.DataFrame:
    """The summary with `low` and `high`, %: bounds of the mean over members. `strict` values have none."""
    pairs = summary[["run", "benchmark"]].drop_duplicates().itertuples(index=False)
    found = {(run, benchmark): bounds_of(results, run, benchmark) for run, benchmark in pairs}
    rows = [
        found[row.run, row.benchmark].get(row.task, NOTHING) if row.convention == "available" else NOTHING
        for row in summary.itertuples()
    ]
    return summary.assign(low=[100 * low for low, _ in rows], high=[100 * high for _, high in rows])


NOTHING = (float("nan"), float("nan"))


def explanation(confidence: float) -> str:
    """What the second table shows."""
    return (
        f"{100 * confidence:g} % intervals of these means over queries (resamples, those that belong together "
        "drawn together), in %:"
    )
