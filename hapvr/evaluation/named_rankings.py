"""Who is ranked where for a query of a task, and its AP: the rankings of the evaluation, with names."""

from typing import NamedTuple

import numpy as np

from hapvr.datasets.dataset import Dataset, Task
from hapvr.evaluation.metrics import denominators, task_areas
from hapvr.evaluation.ranking import Rankings
from hapvr.storage.scores import Scores


def retrieval_tasks(dataset: Dataset) -> dict[str, Task]:
    """Tasks in which each query has an AP of its own, in the order of the dataset."""
    return {name: task for name, task in dataset.tasks.items() if task.metric == "mAP"}


class Ranked(NamedTuple):
    """One query of a task.

    first: the most similar videos with their scores, equal ones by id. found: ranks of the relevant videos, from 1.
    relevant: how many the ground truth has. ranked: how many videos there are.
    """

    first: list[tuple[str, float]]
    found: list[int]
    relevant: int
    ranked: int


class NamedRankings(Rankings):
    """Rankings of one member of a run."""

    def __init__(self, dataset: Dataset, scores: Scores) -> None:
        super().__init__(dataset, scores)
        self._names = np.array(scores.database, object)

    def has(self, query: str) -> bool:
        """Whether there are scores of a query."""
        return query in self._row

    def average_precision(self, task: Task) -> dict[str, float]:
        """Query → AP, missing videos left out of the ground truth; queries that have none are left out."""
        rankings = self.of(task)
        areas = task_areas(task, rankings)
        relevant = denominators(task, rankings, "available")
        parts = zip(rankings, areas, relevant, strict=True)
        return {ranking.query: float(area / number) for ranking, area, number in parts if number}

    def rank(self, query: str, task: Task, *, results: int) -> Ranked:
        """The ranking of a query that has scores."""
        columns = np.flatnonzero(self._find_kept(query, task))
        names, scores = self._names[columns], self._similarity[self._row[query], columns]
        order = np.lexsort((names.astype(str), -scores))
        relevant = self._relevant(query, task)
        found = [place + 1 for place, name in enumerate(names[order]) if name in relevant]
        first = [(str(names[place]), float(scores[place])) for place in order[:results]]
        return Ranked(first, found, len(relevant), len(columns))
