"""Precision-recall curves, thinned to a given number of points."""

from collections.abc import Sequence

import numpy as np

from hapvr.datasets.dataset import Task
from hapvr.evaluation.average_precision import at_least, ratio, sum_over_rows
from hapvr.evaluation.metrics import denominators
from hapvr.evaluation.ranking import Ranking


def curve(task: Task, rankings: Sequence[Ranking], points: int) -> tuple[np.ndarray, np.ndarray]:
    """Recall and precision, ≤ `points` each, of the ground truth that is available.

    A µAP task gives the curve of all pairs in one list: points of it, nearest below equally spaced recalls. A mAP
    task gives the mean over queries of interpolated precision (the best at that recall or beyond) at equally spaced
    recalls. Both are empty where there is nothing to find.
    """
    relevant = denominators(task, rankings, "available")
    levels = np.linspace(0, 1, points)
    if not relevant.any():
        return np.empty(0), np.empty(0)
    if task.metric == "uAP":
        return _at_levels(*_points(rankings, relevant.sum()), levels)
    precision = [
        _interpolate(*_points([ranking], number), levels)
        for ranking, number in zip(rankings, relevant, strict=True)
        if number
    ]
    return levels, np.mean(precision, axis=0)


def _points(rankings: Sequence[Ranking], relevant: int) -> tuple[np.ndarray, np.ndarray]:
    """Recall (ascending) and precision of the pooled list at each distinct score of a relevant video."""
    thresholds, hits = np.unique(np.concatenate([ranking.found for ranking in rankings]), return_counts=True)
    found = np.cumsum(hits[::-1])
    rows = [ranking.ranked for ranking in rankings if ranking.ranked is not None]
    return found / relevant, ratio(found, sum_over_rows(at_least, rows, thresholds)[::-1])


def _at_levels(recall: np.ndarray, precision: np.ndarray, levels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Those points of a curve that come last before each level, none twice."""
    kept = np.unique(np.maximum(np.searchsorted(recall, levels, side="right") - 1, 0))
    return recall[kept], precision[kept]


def _interpolate(recall: np.ndarray, precision: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Best precision at or beyond each level of recall; 0 beyond the last point."""
    best = np.append(np.maximum.accumulate(precision[::-1])[::-1], 0.0)
    # A level such as 0.3 and the recall 3/10 differ by rounding only.
    return best[np.searchsorted(recall, levels - 1e-12, side="left")]
