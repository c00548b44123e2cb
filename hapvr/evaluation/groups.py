"""Which queries belong together: resamples draw them together, since they are no independent answers."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from hapvr.datasets.dataset import Dataset


def group_of_queries(dataset: Dataset) -> dict[str, str]:
    """Query → its group, named by the group's first query in alphabetical order.

    Groups are the dataset's; a query in none is a group by itself. In a dataset that has none, queries that share a
    relevant video, of a label that counts, are one group: directly or through others.
    """
    parent = {query: query for query in dataset.queries}
    for queries in dataset.groups.values() or _queries_of_videos(dataset).values():
        names = {_find(parent, query) for query in queries if query in parent}
        parent.update(dict.fromkeys(names, min(names, default="")))
    return {query: _find(parent, query) for query in dataset.queries}


def number_groups(queries: Sequence[str], groups: Mapping[str, str]) -> np.ndarray:
    """Number of each query's group, [Q]: 0, 1, … in alphabetical order of the groups that are there."""
    return np.unique([groups.get(query, query) for query in queries], return_inverse=True)[1]


def _queries_of_videos(dataset: Dataset) -> dict[str, list[str]]:
    """Relevant video → the queries that it is relevant to."""
    queries: dict[str, list[str]] = {}
    for query, labelled in dataset.relevance.items():
        for video in _flatten(labelled.get(label, []) for label in dataset.labels):
            queries.setdefault(video, []).append(query)
    return queries


def _flatten(lists: Iterable[list[str]]) -> set[str]:
    return {video for videos in lists for video in videos}


def _find(parent: Mapping[str, str], query: str) -> str:
    while parent[query] != query:
        query = parent[query]
    return query
