"""Which parameters differ between two states: `runs.hapvr.losses.quadlinear_ap.weight`, before, after."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from hapvr.compare.state import State
from hapvr.written import flatten

ABSENT = "–"


class Change(NamedTuple):
    """A key with its values as JSON, `–` where it is not there."""

    key: str
    old: str
    new: str


def changed_parameters(first: State, second: State) -> list[Change]:
    """Every key of params.yaml whose value differs, in the order of the second state, then those that it lacks."""
    old, new = (_as_json(state.params) for state in (first, second))
    keys = dict.fromkeys([*new, *old])
    return [Change(key, old.get(key, ABSENT), new.get(key, ABSENT)) for key in keys if old.get(key) != new.get(key)]


def _as_json(content: Mapping[Any, Any]) -> dict[str, str]:
    return {key: json.dumps(value, ensure_ascii=False, default=str) for key, value in flatten(content)}
