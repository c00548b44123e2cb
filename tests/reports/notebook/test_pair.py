"""Which videos the notebook is about, by hand."""

from typing import Any

import numpy as np
import pytest

from hapvr.datasets.dataset import Dataset, Task
from hapvr.evaluation.average_precision import area
from hapvr.evaluation.ranking import Rankings
from hapvr.reports.notebook.pair import choose_pair, first_task, ranking
from hapvr.storage.scores import Scores

TASK = Task(metric="mAP", labels=["ND"], interpolation="step")
DATABASE = ["q1", "a", "b", "c", "d"]


def dataset(**others: Any) -> Dataset:
    relevance = {"q0": {"ND": ["gone"]}, "q1": {"ND": ["c", "a"], "IS": ["b"]}}
    given = {"database": [*DATABASE, "gone"], "relevance": relevance, "tasks": {"R": TASK}, **others}
    return Dataset(name="some", videos={}, queries=["missing", "q0", "q1"], **given)


def scores() -> Scores:
    similarity = np.array([[0.1, 0.2, 0.3, 0.4, 0.5], [1.0, 0.2, 0.9, 0.5, 0.5]], np.float32)
    return Scores(["q0", "q1"], DATABASE, similarity)


def test_the_pair_is_the_first_query_with_something_found_and_its_best_one() -> None:
    # `missing` has no scores, and the only video relevant to q0 could not be read.
    assert choose_pair(dataset(), scores(), TASK) == ("q1", "c")


def test_a_ranking_has_labels_of_the_task_and_not_the_query_itself() -> None:
    found = ranking(dataset(), scores(), "q1", TASK)
    assert list(found["video"]) == ["b", "c", "d", "a"]
    assert list(found["label"]) == ["", "ND", "", "ND"]
    assert list(found.index) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "others",
    [
        {},
        {"excluded": {"q1": ["b"]}},
        {"candidates": {"q1": ["a", "b"]}, "distractors": ["d"]},
        {"tasks": {"R": TASK.model_copy(update={"without_easy": True})}, "easy": {"q1": ["c"]}},
        {"tasks": {"R": TASK.model_copy(update={"with_query": True})}},
    ],
)
def test_it_ranks_what_evaluation_ranks(others: dict[str, Any]) -> None:
    known = dataset(**others)
    _, task = first_task(known)
    found = ranking(known, scores(), "q1", task)
    evaluated = Rankings(known, scores()).of(task)[2]
    assert evaluated.ranked is not None
    assert sorted(found["similarity"]) == evaluated.ranked.tolist()
    relevant = found["label"] != ""
    precision = relevant.cumsum() / found.index
    if found["similarity"].is_unique:
        assert area([evaluated], "step") == pytest.approx(precision[relevant].sum())


def test_a_dataset_without_anything_to_tell_is_named() -> None:
    with pytest.raises(ValueError, match="some: no query has a relevant video"):
        choose_pair(dataset(relevance={}), scores(), TASK)
    with pytest.raises(ValueError, match="some: no task with mAP"):
        first_task(dataset(tasks={}))
