"""Evaluation on some of a benchmark's videos: those that several methods, or several laboratories' copies, share."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from hapvr.datasets.dataset import Dataset
from hapvr.datasets.published import read_ids

SHOWN = 5


def read_list(path: Path, dataset: Dataset) -> set[str]:
    """The videos that a list names, one id per line.

    Raises FileNotFoundError, and ValueError for ids that are no query and no database video of the dataset, or none.
    """
    if not path.is_file():
        raise FileNotFoundError(
            f"{path}: no such file; evaluate.restrict_to names a list of videos, one id per line, such as "
            f"`hapvr availability {dataset.name} --found` prints"
        )
    listed = set(read_ids(path))
    if unknown := sorted(listed.difference(dataset.queries, dataset.database)):
        more = f" and {len(unknown) - SHOWN:,} more" if len(unknown) > SHOWN else ""
        raise ValueError(
            f"{path}: expected ids of {dataset.name}'s queries and database videos, found {', '.join(unknown[:SHOWN])}"
            f"{more}; take them out, or name another list under evaluate.restrict_to"
        )
    for kind, videos in {"queries": dataset.queries, "database videos": dataset.database}.items():
        if listed.isdisjoint(videos):
            raise ValueError(f"{path}: expected some of {dataset.name}'s {kind}, found none; nothing could be ranked")
    return listed


def restrict(dataset: Dataset, videos: set[str]) -> Dataset:
    """The dataset as if it had no videos but these: neither as queries, nor in the database, nor as relevant ones.

    A query that has nothing to find any more leaves mAP, even where the published protocol gives it AP 0 if videos are
    missing (EVVE, SVD), or counts them (CC_WEB_VIDEO).
    """

    def those_of(ids: Iterable[str]) -> list[str]:
        return [video for video in ids if video in videos]

    def of_each(lists: Mapping[str, list[str]]) -> dict[str, list[str]]:
        return {query: those_of(ids) for query, ids in lists.items() if query in videos}

    groups = {group: those_of(queries) for group, queries in dataset.groups.items()}
    return dataset.model_copy(
        update={
            "queries": those_of(dataset.queries),
            "database": those_of(dataset.database),
            "relevance": {
                query: {label: those_of(ids) for label, ids in labels.items()}
                for query, labels in dataset.relevance.items()
                if query in videos
            },
            "candidates": None if dataset.candidates is None else of_each(dataset.candidates),
            "distractors": those_of(dataset.distractors),
            "excluded": of_each(dataset.excluded),
            "easy": those_of(dataset.easy) if isinstance(dataset.easy, list) else of_each(dataset.easy),
            "groups": {group: queries for group, queries in groups.items() if queries},
        }
    )
