"""µAP of many resamples of the queries at once.

Every resample pools the same pairs with other weights, so the pairs are counted once, per query and between
neighbouring scores of relevant pairs, in a sparse matrix; its product with the weights gives all resamples.
"""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.sparse import csr_array

from hapvr.evaluation.average_precision import above, at_least, ratio
from hapvr.evaluation.ranking import Ranking

THRESHOLDS_AT_ONCE = 2048
DRAWS_AT_ONCE = 1000


def pooled_areas(rankings: Sequence[Ranking], draws: np.ndarray, interpolation: str) -> np.ndarray:
    """`area` of the list that pools each query as often as it was drawn, [B].

    rankings: of Q queries that have scores. draws: [B, Q].
    """
    scores = np.unique(np.concatenate([ranking.found for ranking in rankings]))
    found = [ranking.found for ranking in rankings]
    ranked = [ranking.ranked for ranking in rankings if ranking.ranked is not None]
    hits, pairs = (_count_rows(rows, scores, _between) for rows in (found, ranked))
    ties = _count_rows(ranked, scores, _equal) if interpolation == "trapezoid" else None
    return np.concatenate(
        [
            _sum_areas(hits, pairs, ties, draws[start : start + DRAWS_AT_ONCE])
            for start in range(0, len(draws), DRAWS_AT_ONCE)
        ]
    )


def _sum_areas(hits: csr_array, pairs: csr_array, ties: csr_array | None, draws: np.ndarray) -> np.ndarray:
    """`pooled_areas` of some draws. hits, pairs, ties: relevant, all and tied pairs, [scores, Q]."""
    weights = np.ascontiguousarray(draws.T, np.float64)
    total, passed, passed_relevant = np.zeros((3, len(draws)))
    for start in range(0, hits.shape[0], THRESHOLDS_AT_ONCE):
        block = slice(start, start + THRESHOLDS_AT_ONCE)
        here = hits[block] @ weights
        relevant = passed_relevant + np.cumsum(here, axis=0)
        above_or_at = passed + np.cumsum(pairs[block] @ weights, axis=0)
        precision = ratio(relevant, above_or_at)
        if ties is not None:
            precision = (precision + ratio(relevant - here, above_or_at - ties[block] @ weights)) / 2
        total += np.einsum("tb,tb->b", here, precision)
        passed, passed_relevant = above_or_at[-1], relevant[-1]
    return total


def _count_rows(
    rows: Sequence[np.ndarray], scores: np.ndarray, count: Callable[[np.ndarray, np.ndarray], np.ndarray]
) -> csr_array:
    """`count` of each row, best score first: [scores, rows]."""
    entries = []
    for number, row in enumerate(rows):
        counts = count(row, scores)[::-1]
        places = np.flatnonzero(counts)
        entries.append((counts[places], places, np.full(len(places), number)))
    counts, places, numbers = (np.concatenate(parts) for parts in zip(*entries, strict=True))
    return csr_array((counts.astype(np.float64), (places, numbers)), shape=(len(scores), len(rows)))


def _between(values: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """How many of `values` are at or above each score, and below the next."""
    return -np.diff(at_least(values, scores), append=0)


def _equal(values: np.ndarray, scores: np.ndarray) -> np.ndarray:
    return at_least(values, scores) - above(values, scores)
