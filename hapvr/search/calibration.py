"""How likely a copy is, given the evidence: fitted on development pairs, kept beside this file.

`calibration.json` is written by `benchmarks/calibration.py`, which says there what it was fitted on.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hapvr.search.evidence import Evidence

FILE = Path(__file__).with_name("calibration.json")
# Of what an index was made with, what a calibration holds for; a whitening learnt again differs in last bits only.
KEYS = ("backbone", "weights", "fps", "resize", "size")


@dataclass(frozen=True)
class Logistic:
    """Probability 1 / (1 + exp(−intercept − Σ weight · evidence))."""

    intercept: float
    weights: Mapping[str, float]

    def __call__(self, evidence: Evidence) -> float:
        found = self.intercept + sum(weight * getattr(evidence, name) for name, weight in self.weights.items())
        return float(1 / (1 + np.exp(-found)))


@dataclass(frozen=True)
class Calibration:
    """copy: that a video shows a copy of the query or of a part. related: that, or the same scene otherwise filmed."""

    copy: Logistic
    related: Logistic


def read_calibration(run: str, method: Mapping[str, Any], made_with: Mapping[str, Any]) -> Calibration | None:
    """The calibration of a run, if there is one of this method and of features made with this."""
    found = _runs().get(run)
    if found is None or found["method"] != method or any(found["made_with"][key] != made_with[key] for key in KEYS):
        return None
    return Calibration(Logistic(**found["copy"]), Logistic(**found["related"]))


def calibrated_runs() -> list[str]:
    """Runs that have a calibration, perhaps of another backbone or sampling."""
    return list(_runs())


def _runs() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))["runs"]
    return found
