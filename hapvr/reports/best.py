"""Which cells of a table are bold: the best run of each column, and those that cannot be told from it."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from hapvr.evaluation.bootstrap import ResampledRun, paired_bootstrap
from hapvr.evaluation.holm import holm


def compare_with_best(
    means: pd.DataFrame, benchmark: str, runs: Mapping[str, ResampledRun], *, confidence: float
) -> pd.DataFrame:
    """Every run of `runs` against the best of each task of one benchmark: a row per task and run other than the best.

    Columns: benchmark, task, run, best_run, difference from it (fractions) and p.
    means: rows of a `summarise`d table, of one convention.
    """
    best = _find_best(means[means["benchmark"] == benchmark])
    against = {name: _differences(runs, name, confidence) for name in dict.fromkeys(best.values())}
    rows = [
        {"benchmark": benchmark, "task": task, "run": run, "best_run": name, "difference": change, "p": p}
        for task, name in best.items()
        for run, (change, p) in against[name][task].items()
    ]
    return pd.DataFrame(rows, columns=["benchmark", "task", "run", "best_run", "difference", "p"])


def mark_best(summary: pd.DataFrame, compared: Iterable[pd.DataFrame], *, confidence: float) -> pd.DataFrame:
    """`summary` with a column `best`: the best run of a column and every run not worse than it by more than noise.

    compared: `compare_with_best` of each benchmark; Holm's correction is over all of it. Nothing is best in a column
    of which no run could be tested, nor among `strict` values, which are not what is tested.
    """
    table = pd.concat(list(compared), ignore_index=True)
    worse = (holm(table["p"].to_numpy(float)) < 1 - confidence) & (table["difference"] < 0).to_numpy(bool)
    good: set[tuple[str, str, str]] = set()
    for (benchmark, task), rows in table.assign(worse=worse).groupby(["benchmark", "task"]):
        if rows["p"].notna().any():
            not_worse = rows.loc[~rows["worse"] & rows["difference"].notna(), "run"]
            good.update((benchmark, task, run) for run in [rows["best_run"].iloc[0], *not_worse])
    keys = zip(summary["benchmark"], summary["task"], summary["run"], strict=True)
    is_best = np.array([key in good for key in keys], bool)
    return summary.assign(best=is_best & (summary["convention"] == "available"))


def _find_best(means: pd.DataFrame) -> dict[str, str]:
    """Task → the run with the largest mean, the first of equal ones."""
    known = means[means["mean"].notna()]
    rows = known.loc[known.groupby("task", sort=False)["mean"].idxmax()]
    return dict(zip(rows["task"], rows["run"], strict=True))


def _differences(
    runs: Mapping[str, ResampledRun], best: str, confidence: float
) -> dict[str, dict[str, tuple[float, float]]]:
    """Task → every other run → how much better it is than `best`, and p."""
    found: dict[str, dict[str, tuple[float, float]]] = {task: {} for task in runs[best].tasks}
    for name, run in runs.items():
        if name != best:
            for task, one in paired_bootstrap(runs[best], run, confidence=confidence).items():
                found[task][name] = (one.difference, one.p)
    return found
