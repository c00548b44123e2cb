"""One query and its best found relevant video: the pair that the method is told on."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from hapvr.datasets.dataset import Dataset, Task
from hapvr.evaluation.named_rankings import NamedRankings, retrieval_tasks
from hapvr.storage.frames import read_frames
from hapvr.storage.scores import Scores
from hapvr.video import Sample


def first_task(dataset: Dataset) -> tuple[str, Task]:
    """Name and definition of a dataset's first retrieval task. Raises ValueError where it has none."""
    for found in retrieval_tasks(dataset).items():
        return found
    raise ValueError(f"{dataset.name}: no task with mAP, found {', '.join(dataset.tasks) or 'none'}; choose another")


def ranking(dataset: Dataset, scores: Scores, query: str, task: Task) -> pd.DataFrame:
    """What a task ranks for a query, best first: video, similarity, and its label, empty if it is not relevant.

    Tied videos stand in the order of their ids.
    """
    labelled = dataset.relevance.get(query, {})
    label_of = {video: label for label in task.labels for video in labelled.get(label, [])}
    ranked = NamedRankings(dataset, scores).rank(query, task, results=len(scores.database))
    table = pd.DataFrame(ranked.first, columns=["video", "similarity"])
    table["label"] = [label_of.get(video, "") for video in table["video"]]
    return table.set_axis(pd.RangeIndex(1, len(table) + 1, name="rank"))


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
