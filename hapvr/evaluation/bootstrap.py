"""Bootstrap over queries: how far a metric would move with other queries of the same kind; for differences between
runs also over seeds: how far it would move with other trainings.

Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993 (percentile intervals).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hapvr.datasets.dataset import Dataset, Task
from hapvr.evaluation.average_precision import area
from hapvr.evaluation.metrics import denominators
from hapvr.evaluation.ranking import Ranking, Rankings
from hapvr.evaluation.resampled_pool import pooled_areas
from hapvr.storage.scores import Scores


@dataclass(frozen=True)
class Difference:
    """Second run minus first: both values, the difference, its interval, and a two-sided p value of no difference."""

    first: float
    second: float
    difference: float
    low: float
    high: float
    p: float

    @property
    def larger_than_noise(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low > 0 or self.high < 0


def interval(replicates: np.ndarray, confidence: float) -> tuple[float, float]:
    """Percentile interval of replicates [B]; resamples that held nothing to find (NaN) are left out, all: NaN."""
    if np.isnan(replicates).all():
        return float("nan"), float("nan")
    tail = 100 * (1 - confidence) / 2
    low, high = np.nanpercentile(replicates, [tail, 100 - tail])
    return float(low), float(high)


def replicates(task: Task, members: Sequence[Sequence[Ranking]], *, resamples: int, seed: int) -> np.ndarray:
    """mAP or µAP (mean over members) of `resamples` draws of as many queries with replacement, [B].

    members: one list of rankings per member of a run, all over the same queries. Every member and every run sees
    the same draws, so that differences are paired. A query counts if it counts for every member. Missing videos
    are left out of the ground truth (`available`).
    """
    return np.asarray(member_replicates(task, members, resamples=resamples, seed=seed).mean(axis=0))


def member_replicates(task: Task, members: Sequence[Sequence[Ranking]], *, resamples: int, seed: int) -> np.ndarray:
    """`replicates` of each member, [M, B]."""
    relevant = np.array([denominators(task, rankings, "available") for rankings in members])
    counted = np.flatnonzero(_find_counted(task, members, relevant))
    if not len(counted):
        return np.full((len(members), resamples), np.nan)
    draws = np.random.default_rng(seed).multinomial(len(counted), np.full(len(counted), 1 / len(counted)), resamples)
    values = [
        _resample(task, [rankings[query] for query in counted.tolist()], numbers[counted], draws)
        for rankings, numbers in zip(members, relevant, strict=True)
    ]
    return np.array(values)


def paired_bootstrap(
    dataset: Dataset, first: Mapping[str, Scores], second: Mapping[str, Scores],
    *, resamples: int, confidence: float, seed: int,
) -> dict[str, Difference]:  # fmt: skip
    """How much better the second run is on each task, over the queries that both runs have scores for.

    first, second: member → scores, as `read_scores` gives them; a run's metric is the mean over its members. Each
    resample draws queries, the same for both runs, and members: the same too where both have members of the same
    names (seeds share batches), else each run's own.
    """
    shares = _member_shares(list(first), list(second), resamples=resamples, seed=seed)
    first_rankings, second_rankings = ([Rankings(dataset, one) for one in run.values()] for run in (first, second))
    differences = {}
    for name, task in dataset.tasks.items():
        before = [rankings.of(task) for rankings in first_rankings]
        after = [rankings.of(task) for rankings in second_rankings]
        before, after = _keep_shared(task, before, after)
        drawn = [
            (share * member_replicates(task, members, resamples=resamples, seed=seed)).sum(axis=0)
            for members, share in zip((before, after), shares, strict=True)
        ]
        old, new = _point(task, before), _point(task, after)
        change = drawn[1] - drawn[0]
        low, high = interval(change, confidence)
        differences[name] = Difference(old, new, new - old, low, high, _p_value(change))
    return differences


def _member_shares(first: list[str], second: list[str], *, resamples: int, seed: int) -> list[np.ndarray]:
    """How much each member of each run counts in each resample, [M, B] for both runs; columns add up to 1."""
    streams = (1, 1) if first == second else (1, 2)
    return [
        np.random.default_rng([seed, stream]).multinomial(len(run), np.full(len(run), 1 / len(run)), resamples).T
        / len(run)
        for run, stream in zip((first, second), streams, strict=True)
    ]


def _keep_shared(
    task: Task, first: list[list[Ranking]], second: list[list[Ranking]]
) -> tuple[list[list[Ranking]], list[list[Ranking]]]:
    """Only the queries that count for every member of both runs."""
    members = [*first, *second]
    relevant = np.array([denominators(task, rankings, "available") for rankings in members])
    counted = np.flatnonzero(_find_counted(task, members, relevant))
    kept = [[rankings[query] for query in counted.tolist()] for rankings in members]
    return kept[: len(first)], kept[len(first) :]


def _find_counted(task: Task, members: Sequence[Sequence[Ranking]], relevant: np.ndarray) -> np.ndarray:
    if task.metric == "mAP":
        return np.all(relevant > 0, axis=0)
    return np.all([[ranking.ranked is not None for ranking in rankings] for rankings in members], axis=0)


def _point(task: Task, members: Sequence[Sequence[Ranking]]) -> float:
    """The metric itself: every query drawn once."""
    queries = len(members[0])
    if not queries:
        return float("nan")
    relevant = [denominators(task, rankings, "available") for rankings in members]
    ones = np.ones((1, queries), np.int64)
    pairs = zip(members, relevant, strict=True)
    return float(np.mean([_resample(task, rankings, numbers, ones)[0] for rankings, numbers in pairs]))


def _p_value(change: np.ndarray) -> float:
    change = change[~np.isnan(change)]
    tails = min((change <= 0).sum(), (change >= 0).sum())
    return float(min(1.0, 2 * (tails + 1) / (len(change) + 1)))


def _resample(task: Task, rankings: Sequence[Ranking], relevant: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """The metric of each draw, [B]. draws: [B, Q], how often each query was drawn."""
    if task.metric == "mAP":
        precision = np.array([area([ranking], task.interpolation) for ranking in rankings]) / relevant
        return draws @ precision / draws.sum(axis=1)
    wanted = (draws @ relevant).astype(np.float64)
    areas = pooled_areas(rankings, draws, task.interpolation)
    return np.divide(areas, wanted, out=np.full(len(draws), np.nan), where=wanted > 0)
