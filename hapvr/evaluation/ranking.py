"""What a task ranks for each query, and where the relevant videos stand in it."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from hapvr.datasets.dataset import Dataset, Task
from hapvr.storage.scores import Scores


@dataclass(frozen=True)
class Ranking:
    """One query's part of a task.

    ranked: scores of all ranked videos, ascending; None if the query has no scores (it is missing).
    found: scores of the relevant videos among them, ascending. relevant: how many the ground truth has.
    """

    query: str
    relevant: int
    found: np.ndarray
    ranked: np.ndarray | None


class Rankings:
    """Gives each task's rankings; videos are sorted once for all tasks that rank the same ones.

    Raises ValueError for scores with repeated ids or that are not numbers.
    """

    def __init__(self, dataset: Dataset, scores: Scores) -> None:
        self._dataset = dataset
        self._similarity = np.asarray(scores.similarity)
        self._row = _positions(scores.queries, "queries")
        database = set(dataset.database)
        self._column = {
            video: column for video, column in _positions(scores.database, "database").items() if video in database
        }
        self._in_database = np.zeros(len(scores.database), bool)
        self._in_database[list(self._column.values())] = True
        self._distractors = set(dataset.distractors)
        self._distractor_columns = self._columns(self._distractors)
        self._easy = set(dataset.easy) if isinstance(dataset.easy, list) else set()
        self._easy_columns = self._columns(self._easy)
        self._sorted: dict[tuple[str, bool, bool, bool, bool], np.ndarray] = {}
        if np.isnan(self._similarity).any():
            raise ValueError(f"scores of {dataset.name}: some are not numbers (NaN); score this run again")

    def of(self, task: Task) -> list[Ranking]:
        """One ranking per query that the task asks, in the dataset's order of queries."""
        asked = None if task.queries is None else set(task.queries)
        return [self._ranking(query, task) for query in self._dataset.queries if asked is None or query in asked]

    def _ranking(self, query: str, task: Task) -> Ranking:
        relevant = self._relevant(query, task)
        if query not in self._row:
            return Ranking(query, len(relevant), np.empty(0), None)
        found = self._similarity[self._row[query], self._columns(relevant)]
        return Ranking(query, len(relevant), np.sort(found), self._sorted_scores(query, task))

    def _relevant(self, query: str, task: Task) -> set[str]:
        labelled = self._dataset.relevance.get(query, {})
        relevant = {video for label in task.labels for video in labelled.get(label, [])}
        if task.without_easy:
            relevant -= self._easy
        if self._dataset.candidates is not None and not task.whole_database:
            relevant &= {*self._dataset.candidates.get(query, []), *(relevant & self._distractors)}
        return relevant - self._find_left_out(query, task)

    def _sorted_scores(self, query: str, task: Task) -> np.ndarray:
        key = (query, task.without_easy, task.whole_database, task.with_excluded, task.with_query)
        if key not in self._sorted:
            self._sorted[key] = np.sort(self._similarity[self._row[query], self._find_kept(query, task)])
        return self._sorted[key]

    def _find_kept(self, query: str, task: Task) -> np.ndarray:
        """Which columns are ranked, bool [N]."""
        if self._dataset.candidates is None or task.whole_database:
            kept = self._in_database.copy()
        else:
            kept = np.zeros_like(self._in_database)
            kept[self._columns(self._dataset.candidates.get(query, []))] = True
            kept[self._distractor_columns] = True
        if task.without_easy:
            kept[self._easy_columns] = False
        kept[self._columns(self._find_left_out(query, task))] = False
        return kept

    def _find_left_out(self, query: str, task: Task) -> set[str]:
        """Videos of this query's own that are left out of its ranking and of its ground truth."""
        removed = set() if task.with_query else {query}
        if not task.with_excluded:
            removed.update(self._dataset.excluded.get(query, []))
        if task.without_easy and isinstance(self._dataset.easy, dict):
            removed.update(self._dataset.easy.get(query, []))
        return removed

    def _columns(self, videos: Iterable[str]) -> np.ndarray:
        return np.array([self._column[video] for video in videos if video in self._column], np.intp)


def _positions(names: list[str], kind: str) -> dict[str, int]:
    positions = {name: position for position, name in enumerate(names)}
    if len(positions) < len(names):
        repeated = sorted({name for name in positions if names.count(name) > 1})[:3]
        raise ValueError(f"scores: {kind} must be unique, found {', '.join(repeated)} more than once")
    return positions
