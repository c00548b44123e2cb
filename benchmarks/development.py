"""The development benchmark `mini_dev`, beside the datasets of the pipeline: what choices are made on.

The pipeline renders, scores and tabulates what `datasets` and `benchmarks` of params.yaml list. This one is described
under `fetch` alone, so that no table ever shows it, and is made here by the pipeline's own stages.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from hapvr.params import Params, load
from hapvr.pipeline.code import stage_digest
from hapvr.project import Project
from hapvr.stages.features import features
from hapvr.stages.fetch import fetch
from hapvr.stages.frames import frames
from hapvr.stages.views import views
from hapvr.stages.whiten import whiten
from hapvr.storage.files import write_json
from hapvr.storage.resume import file_sha256, key_of

NAME = "mini_dev"
# Beside the data: what each stage made them of.
NOTE = "made_of.json"


class DevelopmentProject(Project):
    """A project of which `mini_dev` is a dataset and the only benchmark."""

    @cached_property
    def params(self) -> Params:
        file = self.root / "params.yaml"
        tracked = load(file)
        if NAME not in tracked.fetch:
            raise ValueError(f"{file}: fetch: expected {NAME}, the development benchmark; it says how to render it")
        if NAME in [*tracked.datasets, *tracked.benchmarks]:
            raise ValueError(
                f"{file}: {NAME} is in datasets or benchmarks; what is chosen on it cannot be tested on it"
            )
        return tracked.model_copy(update={"datasets": [*tracked.datasets, NAME], "benchmarks": [NAME]})

    def development_files(self) -> list[Path]:
        """What a result on the development benchmark depends on beside the model."""
        return [self.dataset_file(NAME), *(self.features_file(NAME, shard) for shard in self.params.shards)]

    def view_files(self) -> list[Path]:
        """What a training from views depends on beside its settings."""
        return [self.views_file(shard) for shard in self.params.views.shards]

    def training_files(self) -> list[Path]:
        """What any other training depends on beside its settings."""
        name = self.params.training_set
        return [self.dataset_file(name), *(self.features_file(name, shard) for shard in self.params.shards)]


@dataclass(frozen=True)
class Step:
    """One stage for one dataset or shard. outputs: it is made where one of them is absent."""

    name: str
    outputs: list[Path]
    make: Callable[[], None]

    @property
    def made(self) -> bool:
        return all(path.exists() for path in self.outputs)

    def make_if_missing(self) -> None:
        if not self.made:
            self.make()


def data_digests(project: DevelopmentProject) -> dict[str, list[str]]:
    """Digests of all that results are made of: `dev`, `views` and `training`. Raises FileNotFoundError."""
    return {
        "dev": [file_sha256(path) for path in project.development_files()],
        "views": [file_sha256(path) for path in project.view_files()],
        "training": [file_sha256(path) for path in project.training_files()],
    }


def steps_to_make(project: DevelopmentProject) -> list[str]:
    """Stages that `make_data` would run, in order."""
    stale = _stale_stages(project) if project.whitening_file(project.params.backbone).exists() else []
    steps = [*_training_steps(project), *_development_steps(project)]
    return [step.name for step in steps if not step.made or (NAME in step.name and step.name.split("@")[0] in stale)]


def make_data(project: DevelopmentProject) -> None:
    """Makes what is missing of the view bank and of `mini_dev`; `mini_dev` also where its parameters or code changed.

    What the pipeline tracks is never made again where it exists: whether it is of these parameters, `dvc status` says.
    """
    for step in _training_steps(project):
        step.make_if_missing()
    folder = project.dataset_folder(NAME)
    for stage in _stale_stages(project):
        if stage == "fetch":
            project.dataset_file(NAME).unlink(missing_ok=True)
        shutil.rmtree(folder / ("videos" if stage == "fetch" else stage), ignore_errors=True)
    write_json(folder / NOTE, _made_of(project))
    for step in _development_steps(project):
        step.make_if_missing()


def _stale_stages(project: DevelopmentProject) -> list[str]:
    """Stages of which results for `mini_dev` lie there that are of other parameters, whitening or code.

    What is there without a note of what it was made of is taken to be of these.
    """
    note = project.dataset_folder(NAME) / NOTE
    if not note.exists():
        return []
    found, expected = json.loads(note.read_text(encoding="utf-8")), _made_of(project)
    first = next((number for number, stage in enumerate(expected) if found[stage] != expected[stage]), len(expected))
    return list(expected)[first:]


def _made_of(project: DevelopmentProject) -> dict[str, str]:
    """Stage of `mini_dev` → a digest of what it is made of beside the files of the stage before."""
    params = project.params
    content = params.model_dump(mode="json")
    parts: dict[str, Any] = {
        "fetch": content["fetch"][NAME],
        "frames": {key: value for key, value in content["frames"].items() if key != "workers"},
        "features": [params.backbone, content["features"], file_sha256(project.whitening_file(params.backbone))],
    }
    return {
        stage: key_of({"of": part, "shards": params.shards, "code": stage_digest(params, stage, NAME)})
        for stage, part in parts.items()
    }


def _training_steps(project: DevelopmentProject) -> Iterator[Step]:
    params = project.params
    yield from _sampled(project, params.training_set)
    whitening = [project.whitening_file(params.backbone)]
    yield Step(f"whiten@{params.backbone}", whitening, partial(whiten, project, params.backbone))
    for shard in params.views.shards:
        yield Step(f"views@{shard}", [project.views_file(shard)], partial(views, project, shard))
    yield from _described(project, params.training_set)


def _development_steps(project: DevelopmentProject) -> Iterator[Step]:
    yield from _sampled(project, NAME)
    yield from _described(project, NAME)


def _described(project: DevelopmentProject, name: str) -> Iterator[Step]:
    for shard in project.params.shards:
        file = project.features_file(name, shard)
        yield Step(f"features@{name}-{shard}", [file], partial(features, project, name, shard))


def _sampled(project: DevelopmentProject, name: str) -> Iterator[Step]:
    yield Step(f"fetch@{name}", [project.dataset_file(name)], partial(fetch, project, name))
    for shard in project.params.shards:
        files = [project.frames_file(name, shard), project.failures_file(name, shard)]
        yield Step(f"frames@{name}-{shard}", files, partial(frames, project, name, shard))
