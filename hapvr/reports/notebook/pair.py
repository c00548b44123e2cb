"""One query and its best found relevant video: the pair that the method is told on."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from hapvr.datasets.dataset import Dataset, Task
from hapvr.storage.frames import read_frames
from hapvr.storage.scores import Scores
from hapvr.video import Sample


def first_task(dataset: Dataset) -> tuple[str, Task]:
    """Name and definition of a dataset's first retrieval task. Raises ValueError where it has none."""
    for name, task in dataset.tasks.items():
        if task.metric == "mAP":
            return name, task
    raise ValueError(f"{dataset.name}: no task with mAP, found {', '.join(dataset.tasks) or 'none'}; choose another")


def ranking(dataset: Dataset, scores: Scores, query: str, task: Task) -> pd.DataFrame:
    """What a task ranks for a query, best first: video, similarity, and its label, empty if it is not relevant.

    Tied videos stand in the order of the scores.
    """
    labelled = dataset.relevance.get(query, {})
    label_of = {video: label for label in task.labels for video in labelled.get(label, [])}
    row = scores.similarity[scores.queries.index(query)]
    ranked = _ranked(dataset, query, task)
    kept = [column for column, video in enumerate(scores.database) if video in ranked]
    order = sorted(kept, key=lambda column: -row[column])
    videos = [scores.database[column] for column in order]
    labels = [label_of.get(video, "") for video in videos]
    index = pd.RangeIndex(1, len(order) + 1, name="rank")
    return pd.DataFrame({"video": videos, "similarity": row[order], "label": labels}, index=index)


def choose_pair(dataset: Dataset, scores: Scores, task: Task) -> tuple[str, str]:
    """The first query of a dataset that has a relevant video with a score, and the best ranked one of these.

    Raises ValueError where no query has one.
    """
    for query in (query for query in dataset.queries if query in scores.queries):
        found = ranking(dataset, scores, query, task)
        relevant = found[found["label"] != ""]
        if len(relevant):
            return query, str(relevant["video"].iloc[0])
    raise ValueError(f"{dataset.name}: no query has a relevant video that could be read; choose another benchmark")


def read_samples(files: Iterable[Path], videos: Iterable[str]) -> dict[str, Sample]:
    """Video id → its sampled frames, from the files of the stage `frames`."""
    wanted = set(videos)
    found = (video for file in files for video in read_frames(file, wanted))
    return {video.video_id: Sample(video.images(), video.timestamps, video.indices, video.decoder) for video in found}


def _ranked(dataset: Dataset, query: str, task: Task) -> set[str]:
    """Videos that a task ranks for a query."""
    left_out = set() if task.with_query else {query}
    left_out |= set() if task.with_excluded else set(dataset.excluded.get(query, []))
    if task.without_easy:
        left_out |= set(dataset.easy if isinstance(dataset.easy, list) else dataset.easy.get(query, []))
    if dataset.candidates is None or task.whole_database:
        return set(dataset.database) - left_out
    return {*dataset.candidates.get(query, []), *dataset.distractors} - left_out
