import numpy as np
import pytest

from hapvr.datasets.dataset import Dataset, Task
from hapvr.evaluation import evaluate
from hapvr.evaluation.named_rankings import NamedRankings
from hapvr.storage.scores import Scores

TASK = Task(metric="mAP", labels=["ND"], interpolation="step")
DATASET = Dataset(
    name="x",
    videos={name: name for name in ("q", "r", "a", "b", "c", "d")},
    queries=["q", "r"],
    database=["a", "b", "c", "d", "q"],
    relevance={"q": {"ND": ["b", "d"], "IS": ["a"]}, "r": {"ND": ["gone"]}},
    tasks={"DSVR": TASK},
)
SCORES = Scores(
    ["q", "r"],
    ["d", "c", "b", "a", "q"],
    np.array([[0.2, 0.5, 0.9, 0.5, 1.0], [0.1, 0.2, 0.3, 0.4, 0.0]], np.float32),
)


def test_equal_scores_stand_by_id_and_the_query_itself_is_left_out():
    ranked = NamedRankings(DATASET, SCORES).rank("q", TASK, results=3)
    assert [name for name, _ in ranked.first] == ["b", "a", "c"]
    assert (ranked.found, ranked.relevant, ranked.ranked) == ([1, 4], 2, 4)


def test_ap_is_that_of_the_evaluation():
    found = NamedRankings(DATASET, SCORES).average_precision(TASK)
    # Relevant at ranks 1 and 4 of q; r has nothing left to find.
    assert found == {"q": pytest.approx((1 + 2 / 4) / 2)}
    assert evaluate(DATASET, SCORES)["DSVR"]["mAP"] == pytest.approx(found["q"])
