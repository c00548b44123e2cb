"""Which run a search takes: the best on clips, or one as good that needs no training."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from clip_edits import EDITS
from copy_study import average_precision

RESAMPLES = 200


def goodness(table: pd.DataFrame) -> float:
    """What runs are chosen by: the mean of mAP, averaged over edits, and µAP."""
    found = average_precision(table, "score")
    return (float(np.mean([value for name, value in found.items() if name != "uAP"])) + found["uAP"]) / 2


def choose(tables: Mapping[str, pd.DataFrame], frozen: Sequence[str]) -> str:
    """The best run; of those that clips cannot tell from it, one without training if there is any.

    They cannot if the interval of the difference (95 %, over resampled clips) reaches 0.
    """
    values = {run: goodness(table) for run, table in tables.items()}
    best = max(values, key=lambda run: values[run])
    rng = np.random.default_rng(0)
    clips = tables[best].loc[tables[best].edit.isin(EDITS), "query"].unique()
    samples = [rng.choice(clips, len(clips)) for _ in range(RESAMPLES)]
    drawn = {run: np.array([goodness(resample(table, of)) for of in samples]) for run, table in tables.items()}
    level = [run for run in tables if np.quantile(drawn[best] - drawn[run], 0.025) <= 0]
    return max(level, key=lambda run: (run in frozen, values[run]))


def resample(table: pd.DataFrame, clips: Sequence[str]) -> pd.DataFrame:
    """The rows of these queries; one that is drawn twice is two."""
    parts = [table[table["query"] == clip].assign(query=f"{clip}/{number}") for number, clip in enumerate(clips)]
    return pd.concat(parts, ignore_index=True)
