"""The probability of a copy: logistic regression on the evidence of pairs, and how it holds on others."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from hapvr.search.answers.calibration import Logistic
from hapvr.search.answers.evidence import Evidence

NAMES = Evidence._fields
SHRINKAGE = 1e-4  # of squared weights, beside the mean log loss


def fit(evidence: Sequence[Evidence], wanted: np.ndarray, weights: np.ndarray) -> Logistic:
    """By maximum likelihood; no weight is negative, so that more evidence never makes a copy less likely.

    wanted: bool, one per pair. weights: of the pairs.
    """
    values, signs = np.array(evidence, float), np.where(wanted, 1.0, -1.0)

    def loss(found: np.ndarray) -> float:
        margins = signs * (found[0] + values @ found[1:])
        return float(np.average(np.logaddexp(0, -margins), weights=weights) + SHRINKAGE * (found[1:] ** 2).sum())

    bounds = [(None, None), *((0, None) for _ in NAMES)]
    found = minimize(loss, np.zeros(1 + len(NAMES)), method="L-BFGS-B", bounds=bounds).x
    rounded = {name: round(float(weight), 3) for name, weight in zip(NAMES, found[1:], strict=True)}
    return Logistic(round(float(found[0]), 3), rounded)


def reliability(probability: np.ndarray, copies: np.ndarray, edges: Sequence[float]) -> pd.DataFrame:
    """How many pairs were said to be copies with a probability between two edges, and how many of them are."""
    rows = []
    for low, high in pairwise(edges):
        inside = (probability >= low) & ((probability < high) | (high == edges[-1]))
        said = f"{100 * low:.0f}–{100 * high:.0f} %"
        share = f"{100 * copies[inside].mean():.0f} %" if inside.any() else "–"
        rows.append({"said": said, "pairs": int(inside.sum()), "copies among them": share})
    return pd.DataFrame(rows)
