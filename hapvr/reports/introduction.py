"""What the page begins with: what was reproduced, on what, and what was not. Made from the parameters, never typed."""

from typing import NamedTuple

from hapvr.params import Params
from hapvr.render.options import Dev, Evve, Fivr, Render, Svd, Vcdb
from hapvr.reports.reported import not_computed
from hapvr.written import as_written


class Introduction(NamedTuple):
    """Sentences."""

    reproduced: list[str]
    on: list[str]
    left_out: list[str]


def introduce(params: Params) -> Introduction:
    """The sentences for these parameters."""
    return Introduction(_reproduced(params), _on(params), _left_out(params))


def is_rendered(params: Params) -> bool:
    """Whether every benchmark is one that the project renders."""
    return all(isinstance(params.fetch[name], Render) for name in params.benchmarks)


def _reproduced(params: Params) -> list[str]:
    kinds = {table.kind for table in params.tables.values()}
    tables = [name for kind, name in TABLES.items() if kind in kinds]
    shown = {run for table in params.tables.values() if table.kind not in SWEEPS for run in table.runs}
    trained = [params.runs[name].label for name in params.trained if name in shown]
    adopted = [params.runs[name].label for name in params.adopted if name in shown]
    found = [
        "HAP-VR's similarity network, its losses (QuadLinear-AP at video and frame level), TopK-Chamfer similarity "
        f"and the protocols of its benchmarks, in {_and(tables)}.",
        f"Trained here: {_and(trained)}." if trained else "Nothing is trained here.",
        *([f"With published weights: {_and(adopted)}."] if adopted else []),
    ]
    runs = [run for table in params.tables.values() if table.kind == "losses" for run in table.runs]
    losses = [params.runs[run].label for run in runs]
    return [*found, f"{len(losses)} video-level losses under one protocol: {_and(losses)}."] if losses else found


def _on(params: Params) -> list[str]:
    training = params.fetch[params.training_set]
    count = "videos"
    if isinstance(training, Render) and isinstance(training.contents, Vcdb):
        count = f"{training.contents.training:,} rendered videos"
    rendered = [name for name in params.benchmarks if isinstance(params.fetch[name], Render)]
    published = [name for name in params.benchmarks if name not in rendered]
    sentences = []
    if rendered:
        sizes = [f"{name} ({_queries(params, name)} queries)" for name in rendered]
        sentences.append(f"Miniature benchmarks that the project renders: {_and(sizes)}.")
    if published:
        sentences.append(f"The published benchmarks {_and(published)}.")
    given = [name for name in params.benchmarks if params.way_of(name) == "features"]
    if given:
        sentences.append(f"Published features of {_and(given)}.")
    frames = f"{params.frames.fps:g} {'frame' if params.frames.fps == 1 else 'frames'} per second"
    backbone = f"Backbone {params.backbone} at {params.frames.size} px, {frames}, {params.whiten.dims} dims"
    if not params.trained:
        return [*sentences, f"{backbone}."]
    train = params.train
    teacher = "the backbone itself" if params.teacher.name == "backbone" else params.teacher.name
    return [
        *sentences,
        f"Trained on {count} of {params.training_set}, without labels: {train.steps:,} steps of {train.pairs} pairs of "
        f"views of {train.window} frames, {_seeds(params)}.",
        *_own_training(params),
        *_labelled(params),
        f"{backbone}; teacher of the frame level: {teacher}.",
    ]


def _own_training(params: Params) -> list[str]:
    """Which of the runs that are shown are trained in a way of their own, or are made of such."""
    shown = {run for table in params.tables.values() for run in table.runs}
    sets: dict[str, list[str]] = {}
    sentences = []
    for name in (name for name in params.evaluated if name in shown):
        models = [model for model in params.models_of(name) if model in params.trained]
        for training_set in {params.training_set_of(model) for model in models} - {params.training_set}:
            sets.setdefault(training_set, []).append(params.runs[name].label)
        if models and (own := params.own_train_of(models[0])):
            listed = ", ".join(f"{key} {as_written(value)}" for key, value in own.items())
            sentences.append(f"{params.runs[name].label} has {listed}.")
    return [f"On {training_set} instead: {_and(labels)}." for training_set, labels in sets.items()] + sentences


def _labelled(params: Params) -> list[str]:
    """Which of the runs that are shown learn from labels all the same."""
    shown = {run for table in params.tables.values() for run in table.runs}
    labels = [params.runs[name].label for name in params.evaluated if name in shown and params.learns_from_labels(name)]
    return [f"From the labels of its core, themselves or by a teacher: {_and(labels)}."] if labels else []


def _left_out(params: Params) -> list[str]:
    sentences = []
    if is_rendered(params):
        sentences.append(
            "No real benchmark: whether a claim holds here says something about the method on small rendered data, and "
            "nothing about the paper's numbers. Those need the preset `paper`."
        )
    if params.backbone != "resnet50":
        sentences.append("Not the paper's backbone (ResNet-50).")
    if params.teacher.name != "dino_vits16":
        sentences.append("Not the paper's teacher (DINO ViT-S/16).")
    kinds = {table.kind for table in params.tables.values()}
    sentences += [f"{name[0].upper()}{name[1:]} is not made." for kind, name in TABLES.items() if kind not in kinds]
    shown = {params.runs[run].label for table in params.tables.values() for run in table.runs}
    if missing := not_computed(shown):
        sentences.append(f"Rows of the paper's method table that no run stands for: {_and(missing)}.")
    return sentences


SWEEPS = ("losses", "sensitivity")
"""Kinds of tables whose rows are settings of one method."""

TABLES = {"methods": "the method table", "ablation": "the ablation", "losses": "the loss table"}


def _queries(params: Params, name: str) -> int:
    fetched = params.fetch[name]
    assert isinstance(fetched, Render)
    match fetched.contents:
        case Fivr() as contents:
            return contents.incidents * contents.queries
        case Evve() as contents:
            return contents.events * contents.queries
        case Svd() as contents:
            return contents.queries
        case Dev() as contents:
            return contents.fivr.incidents * contents.fivr.queries + contents.svd.queries
        case Vcdb() as contents:
            return contents.groups * (contents.copies + 1)


def _seeds(params: Params) -> str:
    """How many seeds the trained runs have."""
    counts = [len(params.seeds_of(run)) for run in params.trained]
    fewest, most = min(counts), max(counts)
    if fewest < most:
        return f"{fewest} to {most} seeds a run"
    return "1 seed" if most == 1 else f"{most} seeds"


def _and(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
