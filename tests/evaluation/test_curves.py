"""Precision-recall curves."""

import numpy as np
import pytest

from hapvr.datasets.dataset import Dataset, Task
from hapvr.evaluation.curves import curve
from hapvr.evaluation.ranking import Rankings
from hapvr.storage.scores import Scores


def toy(
    metric: str, relevant: dict[str, list[str]], matrix: list[list[float]], points: int, **changes: bool
) -> tuple[list, list]:
    task = Task.model_validate({"metric": metric, "labels": ["r"], "interpolation": "step", **changes})
    database = list("abcdefgh")[: len(matrix[0])]
    dataset = Dataset(
        name="toy",
        videos={},
        queries=list(relevant),
        database=database,
        relevance={query: {"r": videos} for query, videos in relevant.items()},
        tasks={"T": task},
    )
    rankings = Rankings(dataset, Scores(list(relevant), database, np.array(matrix))).of(task)
    recall, precision = curve(task, rankings, points)
    return recall.tolist(), precision.tolist()


def test_pooled_curve_holds_a_point_per_relevant_score() -> None:
    # Relevant at ranks 1, 3, 4 of one list.
    recall, precision = toy("uAP", {"q": ["a", "c", "d"]}, [[0.9, 0.8, 0.7, 0.6]], 200)
    assert recall == pytest.approx([1 / 3, 2 / 3, 1])
    assert precision == pytest.approx([1, 2 / 3, 3 / 4])


def test_mean_curve_takes_the_best_precision_at_a_recall_or_beyond() -> None:
    # Precision 1 at recall 1/3, then 2/3 and 3/4: the best beyond 1/3 is 3/4.
    recall, precision = toy("mAP", {"q": ["a", "c", "d"]}, [[0.9, 0.8, 0.7, 0.6]], 4)
    assert recall == pytest.approx([0, 1 / 3, 2 / 3, 1])
    assert precision == pytest.approx([1, 1, 3 / 4, 3 / 4])


def test_mean_curve_is_the_mean_over_queries() -> None:
    matrix = [[0.9, 0.8], [0.9, 0.8]]
    _, precision = toy("mAP", {"p": ["a"], "q": ["b"]}, matrix, 2)
    assert precision == pytest.approx([3 / 4, 3 / 4])


def test_unfindable_query_that_the_protocol_keeps_lowers_the_mean_curve() -> None:
    kept = {"p": ["a"], "q": ["x"]}
    _, precision = toy("mAP", kept, [[0.9, 0.1], [0.9, 0.1]], 5, keeps_unfindable=True)
    assert precision == [0.5] * 5
    _, precision = toy("mAP", kept, [[0.9, 0.1], [0.9, 0.1]], 5)
    assert precision == [1] * 5


def test_pooled_curve_is_thinned_to_true_points_and_keeps_its_end() -> None:
    rng = np.random.default_rng(0)
    matrix = rng.random((30, 8))
    relevant = {f"q{i}": ["a", "b", "c"] for i in range(30)}
    whole = set(zip(*toy("uAP", relevant, matrix.tolist(), 10_000), strict=True))
    thin = list(zip(*toy("uAP", relevant, matrix.tolist(), 20), strict=True))
    assert len(whole) == 90
    assert 15 <= len(thin) <= 20
    assert set(thin) <= whole
    assert thin[-1][0] == 1


def test_nothing_to_find_gives_an_empty_curve() -> None:
    assert toy("mAP", {"q": []}, [[0.1]], 5) == ([], [])
