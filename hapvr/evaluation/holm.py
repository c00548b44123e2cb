"""Holm's correction of p values for how many were looked at.

Source: Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics, 1979.
"""

import numpy as np


def holm(p: np.ndarray) -> np.ndarray:
    """Adjusted p values, [N]: those below a level are true with no false one among them at that level.

    The smallest is multiplied by how many there are, the next by one less, …, never below the one before, at most 1.
    NaN, what was not tested, stays NaN and is not counted.
    """
    tested = np.flatnonzero(~np.isnan(p))
    order = tested[np.argsort(p[tested], kind="stable")]
    adjusted = np.full(len(p), np.nan)
    factors = len(order) - np.arange(len(order))
    adjusted[order] = np.minimum(1, np.maximum.accumulate(p[order] * factors))
    return adjusted
