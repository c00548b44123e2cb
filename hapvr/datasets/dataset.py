"""The one format of ground truth, `dataset.json`, for every training set and benchmark."""

import json
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hapvr.storage.files import write_json


class Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Task(Record):
    """One ranking question, such as DSVR or EVVE's µAP."""

    metric: Literal["mAP", "uAP"] = Field(description="mean over queries of AP, or AP of all pairs pooled")
    labels: list[str] = Field(description="relevance labels that count as relevant")
    interpolation: Literal["step", "trapezoid"] = Field(description="area under the precision-recall curve")
    queries: list[str] | None = Field(default=None, description="the only queries asked; None: all of the dataset's")
    without_easy: bool = Field(default=False, description="leave the dataset's easy duplicates out of the ranking")
    whole_database: bool = Field(default=False, description="rank the whole database, not only the candidates (mAP*)")
    with_excluded: bool = Field(default=False, description="rank the dataset's excluded videos too")
    with_query: bool = Field(default=False, description="rank the query itself too, where it is in the database")
    keeps_missing: bool = Field(
        default=False, description="the published convention counts missing relevant videos of a query (CC_WEB_VIDEO)"
    )
    keeps_unfindable: bool = Field(
        default=False,
        description="the published convention gives a query AP 0 if all its relevant videos are missing (EVVE, SVD)",
    )


class Dataset(Record):
    """Videos, queries, database and labelled relevance of one dataset. A training set needs no queries."""

    name: str
    videos: dict[str, str] = Field(description="video id → path below the dataset's folder; ids are unique")
    training: list[str] = Field(default=[], description="ids of the unlabelled videos to train on")
    queries: list[str] = Field(default=[], description="ids of the query videos")
    database: list[str] = Field(default=[], description="ids of the videos that are ranked")
    relevance: dict[str, dict[str, list[str]]] = Field(default={}, description="query → label → video ids")
    tasks: dict[str, Task] = Field(default={}, description="task name, as printed in tables → question")
    candidates: dict[str, list[str]] | None = Field(
        default=None, description="query → the only videos ranked for it (SVD); None: the whole database"
    )
    distractors: list[str] = Field(default=[], description="videos ranked for every query beside its candidates")
    excluded: dict[str, list[str]] = Field(default={}, description="query → videos left out of its ranking")
    easy: dict[str, list[str]] | list[str] = Field(
        default={}, description="easy duplicates for `without_easy`: query → videos, or videos for every query"
    )
    groups: dict[str, list[str]] = Field(
        default={}, description="event or set name → its queries, for results per group"
    )

    @property
    def labels(self) -> list[str]:
        """Relevance labels that some task counts as relevant, each once, in the order of the tasks."""
        return list(dict.fromkeys(label for task in self.tasks.values() for label in task.labels))


def read_dataset(path: Path) -> Dataset:
    """Reads and checks a `dataset.json`. Raises ValueError naming the file and the key that is wrong."""
    try:
        return Dataset.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except (ValidationError, json.JSONDecodeError) as error:
        raise ValueError(f"{path}: not a dataset.json of this version: {error}") from error


def write_dataset(path: Path, dataset: Dataset) -> None:
    """Writes a `dataset.json` whole."""
    write_json(path, dataset.model_dump())
