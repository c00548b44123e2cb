"""How likely a copy is, given the evidence: fitted on development pairs, kept beside this file.

`calibration.json` is written by `benchmarks/calibration.py`, which says there what it was fitted on.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hapvr.search.answers.evidence import Evidence

FILE = Path(__file__).with_name("calibration.json")
# Of what an index was made with, what a calibration holds for; a whitening learnt again differs in last bits only.
KEYS = ("backbone", "weights", "fps", "resize", "size", "parts")


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
    wanted = {"run": run, "method": dict(method), "made_with": calibrated_for(made_with)}
    for found in _calibrations():
        if {key: found[key] for key in wanted} == wanted:
            return Calibration(Logistic(**found["copy"]), Logistic(**found["related"]))
    return None


def calibrated_for(made_with: Mapping[str, Any]) -> dict[str, Any]:
    """The part of what features were made with that decides whether a calibration holds for them."""
    return {key: made_with.get(key) for key in KEYS}


def calibrated_runs() -> list[str]:
    """Runs that have a calibration, perhaps of another backbone or sampling."""
    return list(dict.fromkeys(found["run"] for found in _calibrations()))


def _calibrations() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))["calibrations"]
    return found
