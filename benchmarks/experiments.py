"""`choices.yaml`: what was asked of the development benchmark, and the models that the questions need."""

import copy
import difflib
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from ruamel.yaml import YAML

from hapvr.params import Params
from hapvr.params.load import check_content
from hapvr.reports.sensitivity import SWEPT
from hapvr.section import Section
from hapvr.storage.resume import key_of
from hapvr.training.checkpoint import training_settings
from hapvr.training.options import Train

# Sections of params.yaml that can be tried: those that a training reads, the view bank being as it is.
TRIED = ("train", "runs", "methods", "objectives")
FROZEN = "frozen"
PLAIN = "as in params.yaml"


def _labels(content: Any) -> Any:
    """Labels may be written as numbers."""
    return {str(label): value for label, value in content.items()} if isinstance(content, dict) else content


Overrides = dict[str, Any]
Variants = Annotated[dict[str, Overrides], BeforeValidator(_labels)]


class Experiment(Section):
    """One question, what was tried to answer it, and what was taken."""

    model_config = ConfigDict(coerce_numbers_to_str=True)

    name: str
    question: str = Field(description="one sentence")
    runs: list[str] = Field([], description="runs of params.yaml on which every variant is tried; frozen ones compare")
    seeds: list[int] = Field(min_length=1, description="trainings of each variant and run")
    given: Overrides = Field({}, description="what is not as in params.yaml in every variant")
    variants: Variants = Field({}, description="label → dotted keys of params.yaml with values, and `videos`")
    variants_of: dict[str, Variants] = Field(
        {}, description="run → variants of its own, their keys below `runs.RUN`; as many for each"
    )
    curve: Literal["steps", "videos"] | None = Field(None, description="the variants are points of this curve")
    sweep: Literal[tuple(SWEPT)] | None = Field(  # type: ignore[valid-type]
        None, description="the variants are settings of this parameter in the sensitivity"
    )
    taken: str | dict[str, str] | None = Field(description="label, or run → label; null: not yet chosen")
    because: str = Field(description="why it was taken")

    @model_validator(mode="after")
    def check_variants(self) -> Self:
        """There is something to choose from, what was taken is among it, and no run has more tries than another."""
        if bool(self.variants) == bool(self.variants_of):
            raise ValueError("expected either variants, on all runs, or variants_of, for each run its own")
        if self.variants and not self.runs:
            raise ValueError("runs: expected at least one, on which the variants are tried")
        tries = {run: len(variants) for run, variants in self.variants_of.items()}
        if len(set(tries.values())) > 1:
            listed = ", ".join(f"{run} {number}" for run, number in tries.items())
            raise ValueError(f"variants_of: expected as many tries for each run, found {listed}")
        if isinstance(self.taken, dict) and (unknown := self.taken.keys() - self.variants_of.keys()):
            raise ValueError(f"taken: {', '.join(sorted(unknown))} not in variants_of")
        for run in self.variants_of or [""]:
            accepted = self.variants_of.get(run, self.variants)
            if (label := self.taken_of(run)) is not None and label not in accepted:
                raise ValueError(f"taken: {label!r} is no variant; accepted: {', '.join(accepted)}")
        return self

    def taken_of(self, run: str) -> str | None:
        """The label that was taken for a run."""
        return self.taken.get(run) if isinstance(self.taken, dict) else self.taken

    def tries(self) -> Iterator[tuple[list[str], str, Overrides]]:
        """Runs, label and dotted keys of each variant."""
        for label, overrides in self.variants.items():
            yield self.runs, label, {**self.given, **overrides}
        if self.variants_of and self.runs:
            yield self.runs, PLAIN, self.given
        for run, variants in self.variants_of.items():
            for label, overrides in variants.items():
                yield [run], label, {**self.given, **{f"runs.{run}.{key}": value for key, value in overrides.items()}}


@dataclass(frozen=True)
class Trial:
    """One model, by all that makes it beside the data. train and seed: None for a frozen method.

    videos: train on the first so many only. untrained: the first weights of the seed. teachers: the models that teach
    it, by the names that its method has for them.
    """

    run: str
    method: dict[str, Any]
    losses: dict[str, dict[str, Any]]
    train: Train | None
    seed: int | None
    videos: int | None = None
    untrained: bool = False
    teachers: dict[str, "Trial"] = field(default_factory=dict)

    @property
    def steps(self) -> int:
        return 0 if self.train is None or self.untrained else self.train.steps

    def digest(self, data: Mapping[str, Any]) -> str:
        """A name for the result: the same for trials that must end in the same one. data: digests of the data."""
        if self.train is None or self.seed is None:
            return key_of({"method": self.method, "dev": data["dev"]})
        if self.untrained:
            return key_of({"method": self.method, "seed": self.seed, **data})
        settings = training_settings(self.method, self.losses, self.train, seed=self.seed, processes=1)
        teachers = {name: teacher.digest(data) for name, teacher in self.teachers.items()}
        return key_of({**settings, "videos": self.videos, **data, **({"teachers": teachers} if teachers else {})})


@dataclass(frozen=True)
class Row:
    """A trial as one experiment asks for it. plain: nothing of it differs from params.yaml."""

    experiment: str
    run: str
    variant: str
    trial: Trial
    plain: bool
    digest: str = ""


def read_experiments(path: Path) -> list[Experiment]:
    """Raises ValueError naming the file and what is wrong in it."""
    content = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    try:
        experiments = TypeAdapter(list[Experiment]).validate_python(content)
    except ValidationError as error:
        lines = [
            f"  {_place(item['loc'], content)}: {item.get('ctx', {}).get('error', item['msg'])}"
            for item in error.errors()
        ]
        raise ValueError("\n".join([f"{path}: {len(lines)} wrong value(s)", *lines])) from error
    names = [experiment.name for experiment in experiments]
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{path}: name: {', '.join(repeated)} found more than once")
    return experiments


def _place(location: tuple[int | str, ...], content: Any) -> str:
    """An entry of the list by its name."""
    keys: list[int | str] = list(location)
    if keys and isinstance(content, list) and isinstance(entry := content[int(keys[0])], dict):
        keys[0] = entry.get("name", keys[0])
    return ".".join(map(str, keys))


def rows_of(
    experiment: Experiment, content: dict[str, Any], *, source: str, training_videos: int | None = None
) -> list[Row]:
    """What an experiment asks for, each once. Raises ValueError or ParamsError before anything is trained.

    content: of params.yaml. source: the file of experiments, for messages. training_videos: how many there are.
    """
    plain = partial(_trial, check_content(content, "params.yaml"), None, False, where=f"{source}: {experiment.name}")
    rows = []
    for runs, label, overrides in experiment.tries():
        where = f"{source}: {experiment.name}, {label}"
        params, videos, untrained = _resolve(content, overrides, where)
        if videos is not None and training_videos is not None and videos >= training_videos:
            videos = None
        for run, seed in itertools.product(runs, experiment.seeds):
            trial = _trial(params, videos, untrained, run=run, seed=seed, where=where)
            rows.append(Row(experiment.name, run, label, trial, plain=trial == plain(run=run, seed=seed)))
    return _frozen_once(rows)


def _frozen_once(rows: list[Row]) -> list[Row]:
    """A frozen run has one row for all seeds, and for all variants if none changes it."""
    found: list[Row] = []
    for row in rows:
        if row.trial.train is None and all(other.trial == row.trial for other in rows if other.run == row.run):
            row = replace(row, variant=FROZEN)
        if row not in found:
            found.append(row)
    return found


def _resolve(content: dict[str, Any], overrides: Overrides, where: str) -> tuple[Params, int | None, bool]:
    """Parameters with overrides, the number of videos, and whether nothing is trained (`train.steps: 0`)."""
    values = dict(overrides)
    videos = values.pop("videos", None)
    if videos is not None and not (isinstance(videos, int) and videos > 0):
        raise ValueError(f"{where}: videos: expected a number above 0, found {videos!r}")
    untrained = values.get("train.steps") == 0
    if untrained:
        del values["train.steps"]
    changed = copy.deepcopy(content)
    for key, value in values.items():
        _put(changed, key, value, where)
    train = changed["train"]
    for key in ("warmup_steps", "validation_every"):
        # A short training has a short warm-up, unless the variant says otherwise.
        if f"train.{key}" not in values and isinstance(train["steps"], int):
            train[key] = min(train[key], train["steps"])
    return check_content(changed, where), videos, untrained


def _put(content: dict[str, Any], key: str, value: Any, where: str) -> None:
    """Sets what a dotted key names; sections have to be there, the schema knows about the last key."""
    *sections, last = key.split(".")
    if not sections or sections[0] not in TRIED:
        raise ValueError(f"{where}: {key}: expected `videos` or a key of {', '.join(TRIED)}")
    place: Any = content
    for number, section in enumerate(sections):
        named = ".".join(sections[: number + 1])
        if section not in place:
            close = difflib.get_close_matches(section, map(str, place), n=1)
            meant = f" (did you mean {close[0]}?)" if close else ""
            raise ValueError(f"{where}: {key}: no {named} in params.yaml{meant}")
        place = place[section]
        if not isinstance(place, dict):
            raise ValueError(
                f"{where}: {key}: {named} is {place!r} in params.yaml, which has no keys; override it whole"
            )
    place[last] = value


def _trial(params: Params, videos: int | None, untrained: bool, *, run: str, seed: int, where: str) -> Trial:
    if run not in params.scored:
        raise ValueError(f"{where}: {run!r} is no run with a method; accepted: {', '.join(params.scored)}")
    method, losses = params.method_of(run), params.losses_of(run)
    if run in params.frozen:
        return Trial(run, method, {}, None, None)
    if run not in params.trained and not untrained:
        raise ValueError(f"{where}: {run} is not trained; leave it out")
    if params.train.source != "views":
        raise ValueError(f"{where}: train.source: expected views, found {params.train.source}")
    # Teachers are as they are where nothing is tried on the run that they teach.
    teachers = {
        name: _trial(params, None, False, run=teacher, seed=seed, where=where)
        for name, teacher in params.teachers_of(run).items()
    }
    return Trial(run, method, losses, params.train_of(run), seed, videos, untrained, {} if untrained else teachers)
