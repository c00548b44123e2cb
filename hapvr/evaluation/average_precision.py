"""Average precision of one ranked list: the area under its precision-recall curve.

Videos with the same score are one group: the list is cut only between distinct scores, so a result never depends on
the order of the input. `step`: every relevant video of a group counts with the precision at the group's end
(scikit-learn's definition). `trapezoid`: it counts with the mean of the precisions just before and at the end of its
group, where the precision before the first video is 1 (EVVE's definition, which knows only groups of one).
"""

from collections.abc import Callable, Sequence

import numpy as np

from hapvr.evaluation.ranking import Ranking


def area(rankings: Sequence[Ranking], interpolation: str) -> float:
    """Sum over the relevant videos found of their precision, in one list that pools all pairs of `rankings`.

    Divided by the number of relevant videos it is AP for a single ranking, µAP for those of all queries.
    """
    found, hits = np.unique(np.concatenate([ranking.found for ranking in rankings]), return_counts=True)
    relevant = np.cumsum(hits[::-1])[::-1]
    rows = [ranking.ranked for ranking in rankings if ranking.ranked is not None]
    precision = ratio(relevant, sum_over_rows(at_least, rows, found))
    if interpolation == "trapezoid":
        precision = (precision + ratio(relevant - hits, sum_over_rows(above, rows, found))) / 2
    return float(hits @ precision)


def mean_average_precision(similarity: np.ndarray, relevance: np.ndarray) -> float:
    """mAP in [0, 1] of N videos as queries to each other, a query itself left out, tied scores as one group.

    similarity, relevance: [N, N]. Queries without a relevant video are left out; NaN if there is no other.
    """
    others = ~np.eye(len(similarity), dtype=bool)
    values = []
    for number, (scores, relevant, other) in enumerate(zip(similarity, relevance > 0, others, strict=True)):
        found = np.sort(scores[relevant & other])
        if len(found):
            ranking = Ranking(str(number), len(found), found, np.sort(scores[other]))
            values.append(area([ranking], "step") / len(found))
    return float(np.mean(values)) if values else float("nan")


def sum_over_rows(
    count: Callable[[np.ndarray, np.ndarray], np.ndarray], rows: list[np.ndarray], at: np.ndarray
) -> np.ndarray:
    """`count` summed over rows. Rows stay apart: sorting all pairs again would cost most of an evaluation."""
    total = np.zeros(len(at), np.int64)
    for row in rows:
        total += count(row, at)
    return total


def at_least(values: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """How many of `values` (ascending) are ≥ each of `thresholds` (ascending)."""
    if len(values) >= len(thresholds):
        return len(values) - np.searchsorted(values, thresholds, side="left")
    return _count_passing(np.searchsorted(thresholds, values, side="right"), len(thresholds))


def above(values: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """How many of `values` (ascending) are > each of `thresholds` (ascending)."""
    if len(values) >= len(thresholds):
        return len(values) - np.searchsorted(values, thresholds, side="right")
    return _count_passing(np.searchsorted(thresholds, values, side="left"), len(thresholds))


def ratio(relevant: np.ndarray, ranked: np.ndarray) -> np.ndarray:
    """Precision, which is 1 for an empty list."""
    return np.divide(relevant, ranked, out=np.ones(np.shape(relevant)), where=ranked > 0)


def _count_passing(passed: np.ndarray, thresholds: int) -> np.ndarray:
    """From how many thresholds each value passes to how many values pass each threshold."""
    return np.cumsum(np.bincount(passed, minlength=thresholds + 1)[::-1])[::-1][1:]
