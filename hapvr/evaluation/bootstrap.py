"""Bootstrap over queries: how far a metric would move with other queries of the same kind; for differences between
runs also over seeds: how far it would move with other trainings. Queries that belong together are drawn together.

Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993 (standard errors, percentile intervals).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student_t

from hapvr.datasets.dataset import Dataset, Task
from hapvr.evaluation.average_precision import area
from hapvr.evaluation.groups import group_of_queries, number_groups
from hapvr.evaluation.metrics import denominators
from hapvr.evaluation.ranking import Ranking, Rankings
from hapvr.evaluation.resampled_pool import pooled_areas
from hapvr.storage.scores import Scores


@dataclass(frozen=True)
class Difference:
    """Second run minus first: both values, the difference, its interval, and a two-sided p value of no difference.

    p is NaN where nothing was tested: no resample differs at all, or all queries belong together.
    """

    first: float
    second: float
    difference: float
    low: float
    high: float
    p: float


def interval(replicates: np.ndarray, confidence: float) -> tuple[float, float]:
    """Percentile interval of replicates [B]; resamples that held nothing to find (NaN) are left out, all: NaN."""
    if np.isnan(replicates).all():
        return float("nan"), float("nan")
    tail = 100 * (1 - confidence) / 2
    low, high = np.nanpercentile(replicates, [tail, 100 - tail])
    return float(low), float(high)


def replicates(
    task: Task,
    members: Sequence[Sequence[Ranking]],
    *,
    resamples: int,
    seed: int,
    groups: Mapping[str, str] | None = None,
) -> np.ndarray:
    """mAP or µAP (mean over members) of `resamples` draws of as many groups of queries with replacement, [B].

    members: one list of rankings per member of a run, all over the same queries. Every member and every run sees
    the same draws, so that differences are paired. A query counts if it counts for every member. Missing videos
    are left out of the ground truth (`available`). groups: query → its group (`group_of_queries`); without, and for
    a query that it lacks, a query is a group by itself. All NaN if there are fewer than two groups.
    """
    drawn = _member_replicates(task, members, resamples=resamples, seed=seed, groups=groups or {})
    return np.asarray(drawn.mean(axis=0))


class ResampledRun:
    """One run's metrics of resampled queries, on every task of a dataset: made once, compared with many runs.

    scores: member → scores, as `read_scores` gives them.
    """

    def __init__(self, dataset: Dataset, scores: Mapping[str, Scores], *, resamples: int, seed: int) -> None:
        self.tasks, self.members = dataset.tasks, list(scores)
        self.resamples, self.seed = resamples, seed
        rankings = [Rankings(dataset, one) for one in scores.values()]
        self._groups = group_of_queries(dataset)
        self._rankings = {name: [one.of(task) for one in rankings] for name, task in dataset.tasks.items()}
        self._drawn: dict[tuple[str, bytes], np.ndarray] = {}

    def counted(self, task: str) -> np.ndarray:
        """Which queries of a task count for every member, bool [Q]."""
        members = self._rankings[task]
        return _find_counted(self.tasks[task], members, _count_relevant(self.tasks[task], members))

    def value(self, task: str, counted: np.ndarray) -> float:
        """The metric over the queries `counted`, mean over members."""
        return _point(self.tasks[task], self._keep(task, counted))

    def replicates(self, task: str, counted: np.ndarray) -> np.ndarray:
        """`replicates` of each member over the queries `counted`, [M, B]."""
        key = (task, counted.tobytes())
        if key not in self._drawn:
            self._drawn[key] = _member_replicates(
                self.tasks[task],
                self._keep(task, counted),
                resamples=self.resamples,
                seed=self.seed,
                groups=self._groups,
            )
        return self._drawn[key]

    def count_groups(self, task: str, counted: np.ndarray) -> int:
        """How many groups the queries `counted` are of."""
        queries = [ranking.query for ranking in self._keep(task, counted)[0]]
        return len(set(number_groups(queries, self._groups).tolist()))

    def _keep(self, task: str, counted: np.ndarray) -> list[list[Ranking]]:
        return [[rankings[query] for query in np.flatnonzero(counted).tolist()] for rankings in self._rankings[task]]


def paired_bootstrap(first: ResampledRun, second: ResampledRun, *, confidence: float) -> dict[str, Difference]:
    """How much better the second run is on each task, over the queries that both runs have scores for.

    A run's metric is the mean over its members. Each resample draws groups of queries, the same for both runs, and
    members: the same too where both have members of the same names (seeds share batches), else each run's own.
    """
    shares = _member_shares(first.members, second.members, resamples=first.resamples, seed=first.seed)
    differences = {}
    for task in first.tasks:
        counted = first.counted(task) & second.counted(task)
        drawn = [
            (share * run.replicates(task, counted)).sum(axis=0)
            for run, share in zip((first, second), shares, strict=True)
        ]
        old, new = first.value(task, counted), second.value(task, counted)
        change = drawn[1] - drawn[0]
        low, high = interval(change, confidence)
        p = _p_value(change, new - old, groups=first.count_groups(task, counted))
        differences[task] = Difference(old, new, new - old, low, high, p)
    return differences


def _member_shares(first: list[str], second: list[str], *, resamples: int, seed: int) -> list[np.ndarray]:
    """How much each member of each run counts in each resample, [M, B] for both runs; columns add up to 1."""
    streams = (1, 1) if first == second else (1, 2)
    return [
        np.random.default_rng([seed, stream]).multinomial(len(run), np.full(len(run), 1 / len(run)), resamples).T
        / len(run)
        for run, stream in zip((first, second), streams, strict=True)
    ]


def _member_replicates(
    task: Task, members: Sequence[Sequence[Ranking]], *, resamples: int, seed: int, groups: Mapping[str, str]
) -> np.ndarray:
    """`replicates` of each member, [M, B]."""
    relevant = _count_relevant(task, members)
    counted = np.flatnonzero(_find_counted(task, members, relevant))
    place = number_groups([members[0][query].query for query in counted.tolist()], groups)
    number = len(np.unique(place))
    if number < 2:
        return np.full((len(members), resamples), np.nan)
    draws = np.random.default_rng(seed).multinomial(number, np.full(number, 1 / number), resamples)[:, place]
    values = [
        _resample(task, [rankings[query] for query in counted.tolist()], numbers[counted], draws)
        for rankings, numbers in zip(members, relevant, strict=True)
    ]
    return np.array(values)


def _count_relevant(task: Task, members: Sequence[Sequence[Ranking]]) -> np.ndarray:
    """What AP is divided by, [M, Q]."""
    return np.array([denominators(task, rankings, "available") for rankings in members])


def _find_counted(task: Task, members: Sequence[Sequence[Ranking]], relevant: np.ndarray) -> np.ndarray:
    if task.metric == "mAP":
        return np.all(relevant > 0, axis=0)
    return np.all([[ranking.ranked is not None for ranking in rankings] for rankings in members], axis=0)


def _point(task: Task, members: Sequence[Sequence[Ranking]]) -> float:
    """The metric itself: every query drawn once."""
    queries = len(members[0])
    if not queries:
        return float("nan")
    relevant = _count_relevant(task, members)
    ones = np.ones((1, queries), np.int64)
    pairs = zip(members, relevant, strict=True)
    return float(np.mean([_resample(task, rankings, numbers, ones)[0] for rankings, numbers in pairs]))


def _p_value(change: np.ndarray, difference: float, *, groups: int) -> float:
    """Two-sided p of Student's t: the difference over its bootstrap standard error, with groups − 1 degrees of freedom.

    Counting resamples beyond 0 would call too much a difference where groups are few: their spread is that of n, not of
    n − 1, and the tails are those of a normal distribution. NaN where no resample differs.
    """
    change = change[~np.isnan(change)]
    if not change.any():
        return float("nan")
    error = change.std() * np.sqrt(groups / (groups - 1))
    return float(2 * student_t.sf(abs(difference) / max(error, np.finfo(float).tiny), groups - 1))


def _resample(task: Task, rankings: Sequence[Ranking], relevant: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """The metric of each draw, [B]. draws: [B, Q], how often each query was drawn."""
    if task.metric == "mAP":
        precision = np.array([area([ranking], task.interpolation) for ranking in rankings]) / relevant
        return draws @ precision / draws.sum(axis=1)
    wanted = (draws @ relevant).astype(np.float64)
    areas = pooled_areas(rankings, draws, task.interpolation)
    return np.divide(areas, wanted, out=np.full(len(draws), np.nan), where=wanted > 0)
