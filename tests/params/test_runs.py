"""The schema's losses are the losses that exist."""

import inspect
from typing import get_args

import pytest
from pydantic import BaseModel

from hapvr.losses import LOSSES, pseudo_labels
from hapvr.params.runs import Loss

SCHEMAS: dict[str, type[BaseModel]] = {
    get_args(schema.model_fields["name"].annotation)[0]: schema for schema in get_args(get_args(Loss)[0])
}


def _arguments(function) -> set[str]:
    return {name for name, p in inspect.signature(function).parameters.items() if p.kind is p.POSITIONAL_OR_KEYWORD}


def test_every_loss_can_be_named():
    assert set(SCHEMAS) == set(LOSSES)


@pytest.mark.parametrize("name", LOSSES)
def test_arguments_are_the_constructors(name):
    arguments = set(SCHEMAS[name].model_fields) - {"name", "weight"}
    if name.startswith("frame_"):
        rates = _arguments(pseudo_labels) - {"teacher_features"}
        assert rates <= arguments
        arguments -= rates
    assert arguments == _arguments(LOSSES[name])
