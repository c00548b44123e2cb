"""Which parameters differ between two states: `runs.hapvr.losses.quadlinear_ap.weight`, before, after."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from hapvr.compare.state import State

ABSENT = "–"


class Change(NamedTuple):
    """A key with its values as JSON, `–` where it is not there."""

    key: str
    old: str
    new: str


def changed_parameters(first: State, second: State) -> list[Change]:
    """Every key of params.yaml whose value differs, in the order of the second state, then those that it lacks."""
    old, new = dict(flatten(first.params)), dict(flatten(second.params))
    keys = dict.fromkeys([*new, *old])
    return [Change(key, old.get(key, ABSENT), new.get(key, ABSENT)) for key in keys if old.get(key) != new.get(key)]


def flatten(content: Mapping[Any, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Dotted key and value as JSON of everything below; a list is one value."""
    for key, value in content.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and value:
            yield from flatten(value, f"{name}.")
        else:
            yield name, json.dumps(value, ensure_ascii=False, default=str)
