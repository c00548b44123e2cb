"""Which parameters of a training differ from the published ones."""

from typing import Any

from hapvr.params.root import Params
from hapvr.written import as_written, flatten

# What says how a training is carried out, not what comes out of it, where files lie, and which trainings there are.
NOT_COMPARED = {"checkpoint_every", "seeds", "shards", "threads", "weights", "workers"}
NOTHING = "–"


def differences_from_published(params: Params, published: Params, run: str) -> list[tuple[str, str, str]]:
    """Parameter, its value here and the published one, where the two differ; – where there is none.

    published: `presets/paper.yaml`. Compared is everything that a training of `run` depends on.
    """
    here, there = (_values(_select_relevant(side, run)) for side in (params, published))
    keys = [*here, *(key for key in there if key not in here)]
    found = [(key, here.get(key, NOTHING), there.get(key, NOTHING)) for key in keys]
    return [(key, ours, theirs) for key, ours, theirs in found if ours != theirs]


def _select_relevant(params: Params, run: str) -> dict[str, Any]:
    """The sections that a training depends on; of `runs`, the one that is trained."""
    content = params.model_dump(mode="json")
    known = run in params.runs
    chosen: dict[str, Any] = {"training_set": params.training_set_of(run) if known else params.training_set}
    chosen |= {key: content[key] for key in ("backbone", "teacher")}
    chosen["frames"] = {key: content["frames"][key] for key in ("fps", "resize", "size")}
    chosen["whiten"] = {"dims": content["whiten"]["dims"]}
    chosen["views"] = content["views"]
    if known:
        chosen[f"runs.{run}"] = {"method": params.method_of(run), "losses": params.losses_of(run)}
    chosen["train"] = params.train_of(run).model_dump(mode="json") if known else content["train"]
    return chosen


def _values(content: dict[str, Any]) -> dict[str, str]:
    """Dotted keys and their values as text."""
    found = {key: value for key, value in flatten(content) if not NOT_COMPARED & {*key.split(".")}}
    return {key: as_written(value) for key, value in found.items() if value != {}}
