"""Worked out by hand."""

import numpy as np
import pytest

from hapvr.datasets.dataset import Dataset, Task
from hapvr.evaluation import evaluate
from hapvr.scoring.normalisation import normalise_scores
from hapvr.storage.scores import Scores

SIMILARITY = np.array([[0.9, 0.7], [0.6, 0.25]], np.float32)
# The three most similar: mean 0.6 and 0.2.
BACKGROUND = np.array([[0.4, 0.8, -0.9, 0.6], [0.1, 0.2, 0.3, 0.0]], np.float32)


def test_mean_of_the_three_most_similar_is_taken_off():
    found = normalise_scores(SIMILARITY, BACKGROUND, beta=1, first=1, last=3)
    np.testing.assert_allclose(found, [[0.3, 0.1], [0.4, 0.05]], atol=1e-6)
    assert found.dtype == np.float32


def test_ranks_and_beta_choose_what_is_taken_off():
    found = normalise_scores(SIMILARITY, BACKGROUND, beta=0.5, first=2, last=2)
    np.testing.assert_allclose(found, [[0.6, 0.4], [0.5, 0.15]], atol=1e-6)


def test_beta_zero_changes_nothing():
    np.testing.assert_array_equal(normalise_scores(SIMILARITY, BACKGROUND, beta=0, first=1, last=3), SIMILARITY)


def test_order_of_the_background_does_not_matter():
    options = {"beta": 1.0, "first": 1, "last": 3}
    np.testing.assert_array_equal(
        normalise_scores(SIMILARITY, BACKGROUND, **options),
        normalise_scores(SIMILARITY, BACKGROUND[:, ::-1], **options),
    )


def test_pairs_of_different_queries_change_places_and_those_of_one_do_not():
    """Before: 0.9 right, 0.7 wrong, 0.6 right, µAP (1 + 2/3) / 2. After: 0.4 and 0.3 right, then the wrong ones."""
    dataset = Dataset(
        name="x",
        videos={},
        queries=["q0", "q1"],
        database=["a", "b"],
        relevance={"q0": {"r": ["a"]}, "q1": {"r": ["a"]}},
        tasks={metric: Task(metric=metric, labels=["r"], interpolation="step") for metric in ("mAP", "uAP")},
    )
    after = normalise_scores(SIMILARITY, BACKGROUND, beta=1, first=1, last=3)
    results = [evaluate(dataset, Scores(["q0", "q1"], ["a", "b"], scores)) for scores in (SIMILARITY, after)]
    assert [result["mAP"]["mAP"] for result in results] == [1, 1]
    assert [result["uAP"]["uAP"] for result in results] == [pytest.approx(5 / 6), 1]


def test_too_few_background_videos_are_refused():
    with pytest.raises(ValueError, match=r"background: expected 5 videos or more \(normalise.last\), found 4"):
        normalise_scores(SIMILARITY, BACKGROUND, beta=1, first=1, last=5)


def test_background_of_other_queries_is_refused():
    with pytest.raises(ValueError, match="background: expected 2 queries, as in similarity, found 1"):
        normalise_scores(SIMILARITY, BACKGROUND[:1], beta=1, first=1, last=3)
