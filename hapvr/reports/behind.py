"""What stands behind all numbers of the page, as its script reads it: details, runs, and what these share."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from hapvr.params import Params
from hapvr.reports.details import (
    Detail,
    difference_detail,
    difference_key,
    metric_detail,
    metric_key,
    run_detail,
)
from hapvr.reports.glossary import TASK_NAMES
from hapvr.reports.settings import code_stages, run_settings, shared_settings

Bounds = Mapping[tuple[str, str, str], tuple[float, float]]
"""(run, benchmark, task) → bounds of its interval, fractions."""


def metric_details(
    summary: pd.DataFrame, metrics: pd.DataFrame, bounds: Bounds, *, confidence: float
) -> dict[str, Detail]:
    """Behind every row of a summary. metrics: of its runs and benchmarks, as `Results.metrics` gives them."""
    keys = ["run", "benchmark", "task", "convention"]
    members = {key: rows for key, rows in metrics[metrics["group"] == ""].groupby(keys, sort=False)}
    found = {}
    for row in summary.to_dict("records"):
        key = tuple(row[part] for part in keys)
        task = TASK_NAMES.get(row["task"], row["task"])
        found[metric_key(*key)] = metric_detail(
            row, members[key], bounds.get(key[:3]), task=task, confidence=confidence
        )
    return found


def difference_details(table: pd.DataFrame, name: str, *, confidence: float) -> dict[str, Detail]:
    """Behind every row of a table of differences, which is called `name`."""
    return {
        difference_key(row["run"], row["other"], row["benchmark"], row["task"]): difference_detail(
            {str(key): value for key, value in row.items()},
            name=name,
            task=TASK_NAMES.get(row["task"], row["task"]),
            confidence=confidence,
        )
        for row in table.to_dict("records")
    }


def as_json(details: Mapping[str, Detail], params: Params, code: Mapping[str, Any]) -> dict[str, Any]:
    """What the page's script reads. code: digests, as plan.json has them."""
    runs = {run: _run(params, run, code) for run in params.runs}
    alone = {f"run/{run}": run_detail(described.label, run) for run, described in params.runs.items()}
    numbers = {key: detail._asdict() for key, detail in {**details, **alone}.items()}
    return {"numbers": numbers, "runs": runs, "shared": shared_settings(params)}


def _run(params: Params, run: str, code: Mapping[str, Any]) -> dict[str, Any]:
    digests = [(f"{stage} {item}".strip(), _digest(code[stage], item)) for stage, item in code_stages(params, run)]
    trained = any(model in params.trained for model in params.models_of(run))
    return {
        "label": params.runs[run].label,
        "settings": run_settings(params, run),
        "code": digests,
        "trained": trained,
    }


def _digest(planned: Any, item: str) -> str:
    return str(planned[item] if item else planned)
