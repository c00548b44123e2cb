"""In what two runs differ, so that a table that adds one thing after another can be held to it."""

from itertools import chain
from typing import Any

from hapvr.losses import level_of
from hapvr.params.own_train import KEYS
from hapvr.params.root import Params
from hapvr.params.runs import NormalisedRun
from hapvr.topk import RATES

TOPK_RATES, NORMALISATION, TRAINING_SET = "TopK rates", "normalisation", "training set"


def things_changed(params: Params, run: str, other: str) -> list[str]:
    """What changes from one run to another; empty if nothing but the label does.

    Both TopK rates are one thing, and so is a loss, with its weight, put in the place of another one of its level
    ("video-level loss"). Everything else counts by name: a parameter of the method, a loss that is added, left out or
    has other parameters, a key of `train`, the training set, normalisation.
    """
    found = _changed_method(params.method_of(run), params.method_of(other))
    found += _changed_losses(params.losses_of(run), params.losses_of(other))
    found += _changed_training(params, run, other)
    normalised = [_normalisation(params, name) for name in (run, other)]
    return found + ([NORMALISATION] if normalised[0] != normalised[1] else [])


def _changed_method(method: dict[str, Any], other: dict[str, Any]) -> list[str]:
    keys = dict.fromkeys(chain(method, other))
    changed = [key for key in keys if method.get(key) != other.get(key)]
    if "name" in changed:
        return ["method"]
    return list(dict.fromkeys(TOPK_RATES if key in RATES else key for key in changed))


def _changed_losses(losses: dict[str, dict[str, Any]], other: dict[str, dict[str, Any]]) -> list[str]:
    changed = [name for name in dict.fromkeys(chain(losses, other)) if losses.get(name) != other.get(name)]
    left_out, added = [name for name in changed if name not in other], [name for name in changed if name not in losses]
    if len(changed) == 2 and len(left_out) == len(added) == 1:
        level = level_of(left_out[0])
        if level == level_of(added[0]):
            return [f"{level}-level loss"]
    return changed


def _changed_training(params: Params, run: str, other: str) -> list[str]:
    train, of_other = params.train_of(run), params.train_of(other)
    changed = [f"train.{key}" for key in KEYS if getattr(train, key) != getattr(of_other, key)]
    return changed + ([TRAINING_SET] if params.training_set_of(run) != params.training_set_of(other) else [])


def _normalisation(params: Params, run: str) -> dict[str, Any] | None:
    described = params.runs[run]
    return described.normalise.model_dump() if isinstance(described, NormalisedRun) else None
