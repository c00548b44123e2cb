"""The whole of `params.yaml`, with the rules that join its sections."""

from collections.abc import Iterable
from typing import Self

from pydantic import Field, model_validator

from hapvr.params.data import Backbone, Features, Fetch, Frames, Teacher, Views, Whiten
from hapvr.params.figures import Figures
from hapvr.params.results import Evaluate, Score, Table
from hapvr.params.runs import Run
from hapvr.params.section import Section
from hapvr.params.train import Freeze, Train


class Params(Section):
    preset: str = Field(description="the preset this file came from")
    datasets: list[str] = Field(min_length=1, description="datasets fetched, sampled and described")
    training_set: str = Field(description="dataset whose videos train and whiten, without labels")
    benchmarks: list[str] = Field(min_length=1, description="datasets evaluated on")
    shards: list[int] = Field(min_length=1, description="each dataset is cut into this many parts: 0, 1, …")
    backbone: Backbone
    teacher: Teacher
    fetch: dict[str, Fetch]
    frames: Frames
    whiten: Whiten
    features: Features
    views: Views
    runs: dict[str, Run]
    train: Train
    freeze: Freeze
    score: Score
    evaluate: Evaluate
    tables: dict[str, Table]
    figures: Figures

    @model_validator(mode="after")
    def check_names(self) -> Self:
        """Every name used in one section is defined in another."""
        _known("datasets", self.datasets, self.fetch, "fetch")
        _known("training_set", [self.training_set], self.datasets, "datasets")
        _known("benchmarks", self.benchmarks, self.datasets, "datasets")
        _known("train.runs", self.train.runs, self.runs, "runs")
        _known("freeze.runs", self.freeze.runs, self.runs, "runs")
        for name, table in self.tables.items():
            _known(f"tables.{name}.runs", table.runs, self.runs, "runs")
            _known(f"tables.{name}.benchmarks", table.benchmarks, self.benchmarks, "benchmarks")
        for name in type(self.figures).model_fields:
            _known(f"figures.{name}.runs", self.figures.runs(name), self.runs, "runs")
            _known(f"figures.{name}.benchmarks", self.figures.benchmarks(name), self.benchmarks, "benchmarks")
        _known("figures.training_curves.runs", self.figures.training_curves.runs, self.train.runs, "train.runs")
        return self

    @model_validator(mode="after")
    def check_training_set(self) -> Self:
        """The training set is never a test benchmark."""
        if self.training_set in self.benchmarks:
            raise ValueError(f"training_set: {self.training_set} is also in benchmarks; train on other videos")
        return self

    @model_validator(mode="after")
    def check_runs(self) -> Self:
        """A run is trained exactly if it has losses."""
        trained = {name for name, run in self.runs.items() if run.losses}
        for key, listed, expected in [
            ("train.runs", self.train.runs, trained),
            ("freeze.runs", self.freeze.runs, set(self.runs) - trained),
        ]:
            if set(listed) != expected:
                raise ValueError(f"{key}: expected {sorted(expected)} (runs with losses are trained), found {listed}")
        return self

    @model_validator(mode="after")
    def check_weights(self) -> Self:
        """Only the embedded backbone comes with its weights."""
        if self.backbone != "efficientnet_lite0" and self.features.weights is None:
            raise ValueError(
                f"features.weights: {self.backbone} needs a file, found null; `hapvr weights {self.backbone}` "
                "fetches one into models/backbones"
            )
        return self

    @model_validator(mode="after")
    def check_shards(self) -> Self:
        """Shards are numbered from 0."""
        if self.shards != list(range(len(self.shards))):
            raise ValueError(f"shards: expected 0, 1, … without gaps, found {self.shards}")
        return self

    @model_validator(mode="after")
    def check_view_bank(self) -> Self:
        """There is a whole view bank, or none; without one, batches come from frames."""
        if self.views.shards not in (self.shards, []):
            raise ValueError(f"views.shards: expected {self.shards} as in shards, or [], found {self.views.shards}")
        if self.train.source == "views" and not self.views.shards:
            raise ValueError(f"views.shards: train.source is views; expected {self.shards} as in shards, found []")
        return self


def _known(key: str, names: Iterable[str], accepted: Iterable[str], where: str) -> None:
    for name in names:
        if name not in set(accepted):
            raise ValueError(f"{key}: {name!r} is not in {where}; accepted: {', '.join(accepted)}")
