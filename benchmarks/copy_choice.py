"""Which run a search takes: the best on clips, or one as good that needs no training."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from clip_edits import EDITS
from copy_pairs import COPY, OTHER
from copy_study import average_precision

from hapvr.evaluation.average_precision import area
from hapvr.evaluation.ranking import Ranking

RESAMPLES = 1000


class OfClip(NamedTuple):
    """How a run ranks for one clip. ap: mean over its edits. copies, others: their scores."""

    ap: float
    copies: np.ndarray
    others: np.ndarray


def choose(tables: Mapping[str, pd.DataFrame], frozen: Sequence[str]) -> str:
    """The best run; of those that clips cannot tell from it, one without training if there is any.

    Good is a high mean of mAP and µAP. They cannot be told apart if the interval of the difference (95 %, over
    resampled clips) reaches 0. tables: run → rows of `study`.
    """
    clips = {run: _of_clips(table) for run, table in tables.items()}
    count = len(next(iter(clips.values())))
    values = {run: goodness(of) for run, of in clips.items()}
    best = max(values, key=lambda run: values[run])
    samples = np.random.default_rng(0).integers(count, size=(RESAMPLES, count))
    drawn = {run: np.array([goodness([of[place] for place in one]) for one in samples]) for run, of in clips.items()}
    level = [run for run in tables if np.quantile(drawn[best] - drawn[run], 0.025) <= 0]
    return max(level, key=lambda run: (run in frozen, values[run]))


def goodness(clips: Sequence[OfClip]) -> float:
    """The mean of mAP and µAP; a clip that is there twice counts twice."""
    copies = np.sort(np.concatenate([clip.copies for clip in clips]))
    ranked = np.sort(np.concatenate([copies, *(clip.others for clip in clips)]))
    pooled = area([Ranking("all", len(copies), copies, ranked)], "step") / len(copies)
    return float(np.mean([clip.ap for clip in clips]) + pooled) / 2


def _of_clips(table: pd.DataFrame) -> list[OfClip]:
    found = []
    for _, rows in table.groupby("query"):
        if rows.edit.isin(EDITS).any():
            values = [value for name, value in average_precision(rows, "score").items() if name != "uAP"]
            scores = {kind: rows.score[rows.kind == kind].to_numpy() for kind in (COPY, OTHER)}
            found.append(OfClip(float(np.mean(values)), scores[COPY], scores[OTHER]))
    return found
