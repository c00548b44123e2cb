"""How often equal runs look different, and how often an interval holds the truth, on simulated scores."""

from functools import cache

import numpy as np
import pandas as pd

from hapvr.datasets.dataset import Dataset, Task
from hapvr.evaluation.bootstrap import ResampledRun
from hapvr.reports.differences import compare_runs, with_verdicts
from hapvr.storage.scores import Scores

RELEVANT, VIDEOS = 3, 15
CELLS = 4
MARGINS = (0.6, 0.8)


@cache
def make_dataset(queries: int) -> Dataset:
    """Every query ranks the same videos; which of them are relevant changes nothing, as scores are drawn anew."""
    names = [f"q{number}" for number in range(queries)]
    database = [f"v{number}" for number in range(VIDEOS)]
    task = Task(metric="mAP", labels=["ND"], interpolation="step")
    return Dataset(
        name="simulated", videos={}, queries=names, database=database, tasks={"mAP": task},
        relevance={name: {"ND": database[:RELEVANT]} for name in names}, groups={name: [name] for name in names},
    )  # fmt: skip


def draw(random: np.random.Generator, queries: int, margin: float, seeds: int) -> dict[str, Scores]:
    """Scores of `seeds` members; queries differ in difficulty, the larger the margin the better they are found."""
    dataset = make_dataset(queries)
    difficulty = random.normal(0, 0.3, (queries, 1))
    relevant = np.arange(VIDEOS) < RELEVANT
    members = {}
    for seed in range(seeds):
        noise = random.normal(0, 0.5, (queries, VIDEOS))
        scores = (noise + (margin + difficulty) * relevant).astype(np.float32)
        members[str(seed)] = Scores(dataset.queries, dataset.database, scores)
    return members


def resample(scores: dict[str, Scores], queries: int, seed: int) -> ResampledRun:
    return ResampledRun(make_dataset(queries), scores, resamples=200, seed=seed)


def test_of_equal_runs_at_most_one_comparison_in_twenty_finds_a_difference() -> None:
    draws, found = 200, 0
    for number in range(draws):
        random = np.random.default_rng([1, number])
        parts = []
        for _ in range(CELLS):
            one, other = (resample(draw(random, 24, 0.6, seeds=2), 24, number) for _ in range(2))
            parts.append(compare_runs(one, other, confidence=0.95))
        found += bool(with_verdicts(pd.concat(parts, ignore_index=True), 0.95)["larger_than_noise"].any())
    assert found / draws <= 0.05


def test_intervals_hold_the_true_difference_in_nineteen_of_twenty_cases() -> None:
    """With 100 groups of queries; with 24 it is 93 %, of which p, by Student's t, takes account (docs/comparing.md)."""
    queries, draws, many = 100, 400, 6000
    random = np.random.default_rng(7)
    values = [resample(draw(random, many, margin, seeds=1), many, 0) for margin in MARGINS]
    everyone = np.ones(many, bool)
    truth = 100 * (values[1].value("mAP", everyone) - values[0].value("mAP", everyone))
    held = 0
    for number in range(draws):
        random = np.random.default_rng([2, number])
        old, new = (resample(draw(random, queries, margin, seeds=1), queries, number) for margin in MARGINS)
        row = compare_runs(new, old, confidence=0.95).iloc[0]
        held += row["low"] <= truth <= row["high"]
    assert abs(held / draws - 0.95) <= 0.02
