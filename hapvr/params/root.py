"""The whole of `params.yaml`, with the rules that join its sections."""

from collections.abc import Iterable
from typing import Self

from pydantic import Field, model_validator

from hapvr.params.data import Backbone, Features, Fetch, Frames, Teacher, Views, Whiten
from hapvr.params.figures import Figures
from hapvr.params.results import Differences, Evaluate, Normalise, Precision, Score, Table
from hapvr.params.runs import AnyRun, NormalisedRun, Run
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
    runs: dict[str, AnyRun]
    train: Train
    freeze: Freeze
    score: Score
    normalise: Normalise
    evaluate: Evaluate
    tables: dict[str, Table]
    differences: Differences
    precision: Precision
    figures: Figures

    @model_validator(mode="after")
    def check_names(self) -> Self:
        """Every name used in one section is defined in another."""
        _known("datasets", self.datasets, self.fetch, "fetch")
        _known("training_set", [self.training_set], self.datasets, "datasets")
        _known("benchmarks", self.benchmarks, self.datasets, "datasets")
        _known("train.runs", self.train.runs, self.runs, "runs")
        _known("freeze.runs", self.freeze.runs, self.runs, "runs")
        _known("score.runs", self.score.runs, self.runs, "runs")
        for pair in self.differences.pairs:
            _known("differences.pairs", pair, self.runs, "runs")
        _known("differences.benchmarks", self.differences.benchmarks, self.benchmarks, "benchmarks")
        scored = [name for name, run in self.runs.items() if isinstance(run, Run)]
        _known("precision.runs", self.precision.runs, scored, "the runs with a method")
        _known("precision.benchmark", [self.precision.benchmark], self.benchmarks, "benchmarks")
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
    def check_normalised(self) -> Self:
        """A normalised run is made of a scored one, and named after it: dvc.yaml finds one's scores by the other's."""
        scored = [name for name, run in self.runs.items() if isinstance(run, Run)]
        for name, run in self.runs.items():
            if isinstance(run, NormalisedRun):
                _known(f"runs.{name}.of", [run.of], scored, "the runs with a method")
                if name != f"{run.of}_normalised":
                    raise ValueError(f"runs.{name}: of {run.of}, so expected the name {run.of}_normalised; rename it")
        return self

    @model_validator(mode="after")
    def check_runs(self) -> Self:
        """A run is trained exactly if it has losses, scored exactly if it has a method, and normalised if another is
        `of` it."""
        scored = {name: run for name, run in self.runs.items() if isinstance(run, Run)}
        trained = {name for name, run in scored.items() if run.losses}
        bases = {run.of for run in self.runs.values() if isinstance(run, NormalisedRun)}
        for key, listed, expected, why in [
            ("train.runs", self.train.runs, trained, "runs with losses are trained"),
            ("freeze.runs", self.freeze.runs, set(scored) - trained, "runs with losses are trained"),
            ("score.runs", self.score.runs, set(scored), "runs with a method are scored"),
            ("normalise.runs", self.normalise.runs, bases, "the runs that others are `of`"),
        ]:
            if sorted(listed) != sorted(expected):
                raise ValueError(f"{key}: expected {sorted(expected)} ({why}), found {listed}")
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

    def model_of(self, run: str) -> str:
        """Name of the run whose models give a run's scores: itself, or the one it normalises."""
        found = self.runs.get(run)
        return found.of if isinstance(found, NormalisedRun) else run

    def scored(self, run: str) -> Run:
        """The run whose models give a run's scores, with its method and losses."""
        found = self.runs[self.model_of(run)]
        if isinstance(found, NormalisedRun):
            raise ValueError(f"runs.{run}.of: {self.model_of(run)} has no models of its own")
        return found


def _known(key: str, names: Iterable[str], accepted: Iterable[str], where: str) -> None:
    for name in names:
        if name not in set(accepted):
            raise ValueError(f"{key}: {name!r} is not in {where}; accepted: {', '.join(accepted)}")
