"""Which stages' code differs between two states, and which results are older than a state's parameters and code."""

from collections.abc import Iterable, Iterator
from typing import Any

from hapvr.compare.state import State

SHOWN = 6
FILES = {"params.yaml": "params", "plan.json": "plan"}
# What metrics are made of, and metrics; tables and figures, which follow from these, are not compared.
COMPARED = ("data/", "models/", "weights/", "scores/", "reports/metrics/")


def changed_code(first: State, second: State) -> dict[str, str]:
    """Stage → the runs, datasets or figures whose code differs (empty: it has one digest for all), as text.

    Only what both states have: a new run is a change of parameters.
    """
    old, new = first.plan.get("code", {}), second.plan.get("code", {})
    found = {}
    for stage in new:
        before, after = old.get(stage), new[stage]
        if isinstance(before, dict) and isinstance(after, dict):
            if items := [item for item in after if item in before and before[item] != after[item]]:
                found[stage] = shorten(items)
        elif before is not None and before != after:
            found[stage] = ""
    return found


def outdated_stages(state: State) -> list[str]:
    """Stages before tables and figures whose last recorded run was with other parameters or code than the state has."""
    sources = {name: getattr(state, attribute) for name, attribute in FILES.items()}
    return [
        name
        for name, entry in state.lock.items()
        if any(str(out["path"]).startswith(COMPARED) for out in entry.get("outs", []))
        and any(_differs(sources[file], entry.get("params", {}).get(file) or {}) for file in sources)
    ]


def shorten(names: Iterable[str], shown: int = SHOWN) -> str:
    """`a, b, c and 12 more`."""
    listed = list(names)
    more = f" and {len(listed) - shown} more" if len(listed) > shown else ""
    return ", ".join(listed[:shown]) + more


def _differs(content: dict[str, Any], recorded: dict[str, Any]) -> bool:
    """Whether a key that is still there has another value; what is gone belongs to a stage that is gone."""
    return any(value != recorded[key] for key in recorded for value in _look_up(content, key.split(".")))


def _look_up(content: Any, keys: list[str]) -> Iterator[Any]:
    for key in keys:
        if not isinstance(content, dict) or key not in content:
            return
        content = content[key]
    yield content
