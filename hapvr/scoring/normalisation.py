"""Score normalisation: a query that scores high against anything has all its scores lowered.

Source: Pizzi et al., A Self-Supervised Descriptor for Image Copy Detection (SSCD), CVPR 2022, equation 8.
"""

import numpy as np


def normalise_scores(
    similarity: np.ndarray, background: np.ndarray, *, beta: float, first: int, last: int
) -> np.ndarray:
    """s'(q, r) = s(q, r) − β · mean of the `first`-th to `last`-th highest s(q, b) over background videos b.

    similarity: [Q, N] of queries and database. background: [Q, B] of the same queries and background videos. first,
    last: ranks from 1, both counted; SSCD has β = 1 and ranks 1 to 3. Returns float32 [Q, N]. A query's ranking stays
    as it is, and with it mAP; what changes is how pairs of different queries compare, which µAP sees.
    Raises ValueError for other queries than those of `similarity`, or fewer background videos than `last`.
    """
    if len(background) != len(similarity):
        raise ValueError(f"background: expected {len(similarity)} queries, as in similarity, found {len(background)}")
    if background.shape[1] < last:
        raise ValueError(f"background: expected {last} videos or more (normalise.last), found {background.shape[1]}")
    highest = np.sort(background.astype(np.float64), axis=1)[:, ::-1]
    level = beta * highest[:, first - 1 : last].mean(axis=1, keepdims=True)
    return (similarity - level).astype(np.float32)
