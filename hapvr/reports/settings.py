"""The exact parameters behind every number, as the page lists them: keys of params.yaml with their values."""

from collections.abc import Iterator
from typing import Any

from hapvr.params import Params
from hapvr.reports.details import Facts
from hapvr.written import as_written, flatten

# What changes no result.
NO_RESULT = {"frames": {"workers"}, "train": {"seeds", "checkpoint_every", "workers"}, "score": {"memory_gb"}}
EVERY_RUN = ("frames", "whiten", "features", "score", "evaluate")
EVERY_TRAINING = ("teacher", "views", "train")


def shared_settings(params: Params) -> dict[str, Facts]:
    """Title → parameters that runs have in common; those of the training only where something is trained."""
    found = {"Parameters of every run": [("backbone", params.backbone), *_of(params, EVERY_RUN)]}
    if params.trained:
        named = [("training_set", params.training_set)]
        found["Parameters of every training"] = [*named, *_of(params, EVERY_TRAINING)]
    return found


def run_settings(params: Params, run: str) -> Facts:
    """The parameters of one run: of the models that give its scores, and what is done to these."""
    own = params.runs[run].model_dump()
    facts = [("run", run), ("members", ", ".join(params.members(run)))]
    for part in ("of", "normalise", "rerank"):
        if part in own:
            facts += flat(own[part], part)
    for model in params.models_of(run):
        prefix = "" if model == run else f"{model}: "
        parts = {
            "method": params.method_of(model),
            "losses": params.losses_of(model),
            "teachers": params.teachers_of(model),
            "train": params.own_train_of(model),
        }
        facts += [(prefix + key, value) for part, of in parts.items() for key, value in flat(of, part)]
        if (training_set := params.training_set_of(model)) != params.training_set:
            facts.append((f"{prefix}training_set", training_set))
        if (weights := params.weights_of(model)) is not None:
            facts.append((f"{prefix}weights", weights))
    return facts


def code_stages(params: Params, run: str) -> list[tuple[str, str]]:
    """The stages that a run's numbers come from, each with the item whose digest plan.json has; evaluate has one."""
    found = []
    for model in params.models_of(run):
        kind = "adopt" if model in params.adopted else "train" if model in params.trained else "freeze"
        found.append((kind, model))
        if model in params.scored:
            found.append(("score", model))
    for kind, names in (("normalise", params.normalised), ("rerank", params.reranked)):
        if run in names:
            found.append((kind, run))
    return [*found, ("evaluate", "")]


def flat(value: Any, key: str) -> Facts:
    """`{a: {b: 1}}` under `key` as `key.a.b` → 1; an empty mapping has no entry."""
    return [(name, as_written(of)) for name, of in flatten({key: value}) if of != {}]


def _of(params: Params, sections: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for name in sections:
        content = getattr(params, name).model_dump(exclude=NO_RESULT.get(name, set()))
        yield from flat(content, name)
