"""mAP of a similarity matrix, as validation takes it, against answers worked out by hand and the benchmarks' own."""

import math

import numpy as np
import pytest

from hapvr.datasets.dataset import Dataset, Task
from hapvr.evaluation import evaluate
from hapvr.evaluation.average_precision import mean_average_precision
from hapvr.storage.scores import Scores


def test_each_query_ranks_all_but_itself() -> None:
    # Query 0 ranks 1, 2, 3 and finds 2 and 3: (1/2 + 2/3) / 2. Query 1 ranks 0, 2, 3 and finds 3: 1/3.
    similarity = np.array([[1, 0.9, 0.8, 0.7], [0.9, 1, 0.5, 0.1], [0, 0, 1, 0], [0, 0, 0, 1]])
    relevance = np.array([[1, 0, 1, 1], [0, 1, 0, 1], [0, 0, 1, 0], [0, 0, 0, 1]])
    assert mean_average_precision(similarity, relevance) == pytest.approx((7 / 12 + 1 / 3) / 2)


def test_tied_videos_are_one_group() -> None:
    # Of the two others one is relevant, and both have the same score: precision 1/2 at the end of the group.
    relevance = np.array([[1, 1, 0], [1, 1, 0], [0, 0, 1]])
    assert mean_average_precision(np.full((3, 3), 0.5), relevance) == pytest.approx(1 / 2)


def test_nothing_to_find_is_nan_and_not_zero() -> None:
    assert math.isnan(mean_average_precision(np.eye(3), np.eye(3)))


def test_order_of_the_videos_does_not_matter() -> None:
    random = np.random.default_rng(0)
    similarity, relevance = random.integers(0, 6, (12, 12)) / 8, random.random((12, 12)) < 0.3
    order = random.permutation(12)
    shuffled = mean_average_precision(similarity[np.ix_(order, order)], relevance[np.ix_(order, order)])
    assert shuffled == pytest.approx(mean_average_precision(similarity, relevance), abs=1e-12)


def test_it_is_the_map_of_a_benchmark_whose_videos_are_all_queries() -> None:
    random = np.random.default_rng(1)
    similarity, relevance = random.integers(0, 6, (12, 12)) / 8, random.random((12, 12)) < 0.3
    videos = [f"v{number}" for number in range(12)]
    relevant = {
        query: {"r": [video for video, is_relevant in zip(videos, row, strict=True) if is_relevant]}
        for query, row in zip(videos, relevance, strict=True)
    }
    task = Task(metric="mAP", labels=["r"], interpolation="step")
    dataset = Dataset(name="toy", videos={}, queries=videos, database=videos, relevance=relevant, tasks={"T": task})
    expected = evaluate(dataset, Scores(videos, videos, similarity))["T"]["mAP"]
    assert mean_average_precision(similarity, relevance) == pytest.approx(expected, abs=1e-12)
