"""Which queries are drawn together."""

import numpy as np

from hapvr.datasets.dataset import Dataset, Task
from hapvr.evaluation.groups import group_of_queries, number_groups


def dataset(relevance: dict[str, list[str]], groups: dict[str, list[str]] | None = None) -> Dataset:
    """Queries with their relevant videos; the task counts those alone, not what else is labelled."""
    labelled = {query: {"r": videos, "other": ["shared"]} for query, videos in relevance.items()}
    tasks = {"mAP": Task(metric="mAP", labels=["r"], interpolation="step")}
    return Dataset(name="toy", videos={}, queries=list(relevance), relevance=labelled, tasks=tasks, groups=groups or {})


def test_groups_are_those_of_the_dataset_and_another_query_is_one_by_itself() -> None:
    found = group_of_queries(dataset({"a": ["v"], "b": ["v"], "c": ["v"], "d": ["v"]}, {"event": ["c", "a"]}))
    assert found == {"a": "a", "b": "b", "c": "a", "d": "d"}


def test_without_groups_queries_that_share_a_relevant_video_are_one_group_through_others_too() -> None:
    found = group_of_queries(dataset({"a": ["1"], "b": ["2", "3"], "c": ["1", "2"], "d": ["4"], "e": []}))
    assert found == {"a": "a", "b": "a", "c": "a", "d": "d", "e": "e"}


def test_groups_that_overlap_are_one() -> None:
    found = group_of_queries(dataset({"a": [], "b": [], "c": [], "d": []}, {"x": ["d", "c"], "y": ["a", "c"]}))
    assert found == {"a": "a", "b": "b", "c": "a", "d": "a"}


def test_numbers_follow_the_names_of_groups_not_the_order_of_queries() -> None:
    groups = {"a": "a", "b": "b", "c": "a"}
    np.testing.assert_array_equal(number_groups(["c", "x", "b", "a"], groups), [0, 2, 1, 0])
