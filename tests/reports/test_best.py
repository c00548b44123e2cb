"""Which cells of a table are bold."""

import numpy as np
import pandas as pd
import pytest

from hapvr.datasets.dataset import Dataset, Task
from hapvr.evaluation.bootstrap import ResampledRun
from hapvr.reports.best import compare_with_best, mark_best
from hapvr.storage.scores import Scores

QUERIES = [f"q{number:02}" for number in range(20)]
DATABASE = [f"v{number}" for number in range(len(QUERIES) * 2)]


@pytest.fixture
def dataset() -> Dataset:
    """Two relevant videos for each of 20 queries."""
    relevance = {query: {"r": DATABASE[2 * number : 2 * number + 2]} for number, query in enumerate(QUERIES)}
    tasks = {
        "R": Task(metric="mAP", labels=["r"], interpolation="step"),
        "D": Task(metric="uAP", labels=["r"], interpolation="step"),
    }
    return Dataset(
        name="toy", videos={}, queries=QUERIES, database=DATABASE, relevance=relevance, tasks=tasks,
        groups={query: [query] for query in QUERIES},
    )  # fmt: skip


def run(dataset: Dataset, margin: float, seed: int = 0) -> ResampledRun:
    relevant = np.array([[video in dataset.relevance[query]["r"] for video in DATABASE] for query in QUERIES])
    noise = np.random.default_rng(seed).random(relevant.shape)
    scores = {"frozen": Scores(QUERIES, DATABASE, noise + margin * relevant)}
    return ResampledRun(dataset, scores, resamples=1000, seed=0)


def bold(
    dataset: Dataset, runs: dict[str, ResampledRun], *, missing: bool = False, resamples: int = 1000
) -> dict[str, list[str]]:
    """Task → runs whose cell is bold."""
    rows = [
        {"run": name, "benchmark": "toy", "task": task, "convention": convention}
        | {"mean": np.nan if missing else one.value(task, one.counted(task))}
        for name, one in runs.items()
        for task in dataset.tasks
        for convention in ("available", "strict")
    ]
    summary = pd.DataFrame(rows)
    means = summary[summary["convention"] == "available"]
    marked = mark_best(summary, [compare_with_best(means, "toy", runs, confidence=0.95)], confidence=0.95)
    assert not marked.loc[marked["convention"] == "strict", "best"].any()
    return {task: marked.loc[marked["best"] & (marked["task"] == task), "run"].tolist() for task in dataset.tasks}


def test_the_best_and_what_cannot_be_told_from_it_are_bold(dataset):
    runs = {"weak": run(dataset, 0.05), "strong": run(dataset, 0.8), "equal": run(dataset, 0.8, seed=1)}
    assert bold(dataset, runs) == {"R": ["strong", "equal"], "D": ["strong", "equal"]}


def test_a_run_that_cannot_differ_from_the_best_is_bold_with_it(dataset):
    runs = {"strong": run(dataset, 0.8), "same": run(dataset, 0.8), "weak": run(dataset, 0.05)}
    assert bold(dataset, runs) == {"R": ["strong", "same"], "D": ["strong", "same"]}


def test_nothing_is_bold_without_a_test(dataset):
    strong = run(dataset, 0.8)
    for runs in ({"alone": strong}, {"one": strong, "same": run(dataset, 0.8)}):
        assert bold(dataset, runs) == {"R": [], "D": []}
    assert bold(dataset, {"one": strong, "other": run(dataset, 0.05)}, missing=True) == {"R": [], "D": []}


def test_order_of_runs_changes_nothing(dataset):
    runs = {"weak": run(dataset, 0.05), "strong": run(dataset, 0.8), "equal": run(dataset, 0.7, seed=1)}
    found, turned = bold(dataset, runs), bold(dataset, dict(reversed(runs.items())))
    assert {task: sorted(names) for task, names in found.items()} == {
        task: sorted(names) for task, names in turned.items()
    }
