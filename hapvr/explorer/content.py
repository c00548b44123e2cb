"""What the explorer of a benchmark shows, as its script reads it: queries in the order of what changes for them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from hapvr.datasets.dataset import Dataset
from hapvr.evaluation.named_rankings import NamedRankings, Ranked, retrieval_tasks
from hapvr.explorer.matrices import quantise
from hapvr.explorer.options import Explorer
from hapvr.explorer.strips import Strip

Compare = Callable[[str, str, str], np.ndarray | None]
"""(run, query, video) → frame-to-frame similarity [T, T'], or None where the run has none."""


class Query(NamedTuple):
    """ap: task → run → AP, None where there is none. ranked: task → run → its ranking."""

    name: str
    ap: dict[str, dict[str, float | None]]
    ranked: dict[str, dict[str, Ranked]]

    def change(self, first: str, last: str) -> float:
        """Of the first task that has AP of both runs: last minus first."""
        pairs = [(of[first], of[last]) for of in self.ap.values()]
        return next((end - start for start, end in pairs if start is not None and end is not None), 0.0)

    @property
    def videos(self) -> set[str]:
        rankings = [ranked for of in self.ranked.values() for ranked in of.values()]
        return {self.name, *(video for ranked in rankings for video, _ in ranked.first)}


def rank_queries(dataset: Dataset, rankings: Mapping[str, NamedRankings], options: Explorer) -> list[Query]:
    """Queries that have scores, those first whose AP differs most between the first and the last run."""
    tasks = retrieval_tasks(dataset)
    ap = {name: {run: of.average_precision(task) for run, of in rankings.items()} for name, task in tasks.items()}
    queries = [
        Query(
            query,
            {name: {run: ap[name][run].get(query) for run in rankings} for name in tasks},
            {
                name: {run: of.rank(query, task, results=options.results) for run, of in rankings.items()}
                for name, task in tasks.items()
            },
        )
        for query in dataset.queries
        if all(of.has(query) for of in rankings.values())
    ]
    runs = list(rankings)
    return sorted(queries, key=lambda query: (-abs(query.change(runs[0], runs[-1])), query.name))


def page_content(
    dataset: Dataset, queries: Iterable[Query], options: Explorer, *, strips: Mapping[str, Strip], compare: Compare
) -> dict[str, Any]:
    """Everything of one page; videos are numbers in its list."""
    queries = list(queries)
    videos = sorted({video for query in queries for video in query.videos})
    number = {video: place for place, video in enumerate(videos)}
    return {
        "videos": videos,
        "strips": {str(number[video]): strips[video]._asdict() for video in videos if video in strips},
        # In the order of the dataset, which keys of JSON need not keep.
        "tasks": [(name, task.labels) for name, task in retrieval_tasks(dataset).items()],
        "queries": [_query(dataset, query, number) for query in queries],
        "matrices": {
            f"{run}/{number[query.name]}/{number[video]}": matrix
            for query in queries
            for run, video in _pairs(query, options.matrices)
            if (matrix := _matrix(compare, run, query.name, video, side=options.matrix_side)) is not None
        },
    }


def _query(dataset: Dataset, query: Query, number: Mapping[str, int]) -> dict[str, Any]:
    labels = {video: label for label, of in dataset.relevance.get(query.name, {}).items() for video in of}
    return {
        "video": number[query.name],
        "ap": {task: [_rounded(value) for value in of.values()] for task, of in query.ap.items()},
        "labels": {str(number[video]): labels[video] for video in sorted(query.videos) if video in labels},
        "ranked": {
            task: [
                {
                    "first": [[number[video], round(score, 4)] for video, score in ranked.first],
                    "found": ranked.found,
                    "relevant": ranked.relevant,
                    "of": ranked.ranked,
                }
                for ranked in of.values()
            ]
            for task, of in query.ranked.items()
        },
    }


def _pairs(query: Query, matrices: int) -> Iterable[tuple[str, str]]:
    """Runs with the first videos of their rankings, each pair once."""
    return dict.fromkeys(
        (run, video)
        for of in query.ranked.values()
        for run, ranked in of.items()
        for video, _ in ranked.first[:matrices]
    )


def _matrix(compare: Compare, run: str, query: str, video: str, *, side: int) -> Any:
    found = compare(run, query, video)
    return None if found is None else quantise(found, side=side)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
