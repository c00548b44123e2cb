"""The few values that stand for all in `dvc metrics` and `dvc exp show`."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from hapvr.section import Section


class Headline(Section):
    """Everything else is in reports/metrics, and compared by `hapvr compare`."""

    runs: list[str] = Field(min_length=1, description="runs whose main mAP on each benchmark is a metric of DVC")


def main_value(values: Mapping[str, Any]) -> dict[str, float]:
    """`{task}_mAP` → the mAP of a benchmark's first task that has one, in [0, 1], missing videos left out.

    values: what `evaluate` wrote of a run. Empty where no task has a mAP, as of queries that are all missing.
    """
    found = ((task, of["mAP"]) for task, of in values.items() if isinstance(of, dict) and "mAP" in of)
    return {f"{task}_mAP": float(value) for task, value in list(found)[:1]}
