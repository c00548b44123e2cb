"""Re-ranking: the fine similarity where it is worth its cost, the coarse one elsewhere."""

import numpy as np


def rerank(coarse: np.ndarray, fine: np.ndarray, confidence: np.ndarray, *, share: float) -> np.ndarray:
    """Scores of which each query's `share` of videos with the highest confidence are the fine ones.

    coarse, fine, confidence: [Q, N]; coarse and fine on one scale. share: in [0, 1]; int(share · N) videos of each
    query, of equal confidence the first ones. Returns [Q, N], coarse elsewhere: one list then has both.
    Raises ValueError for other shapes or shares.
    Source: DnS (Kordopatis-Zilos et al. 2022), section 3.1.
    """
    if not coarse.shape == fine.shape == confidence.shape:
        raise ValueError(f"rerank: expected one shape, found {coarse.shape}, {fine.shape} and {confidence.shape}")
    if not 0 <= share <= 1:
        raise ValueError(f"rerank: share {share} is outside [0, 1]")
    chosen = np.argsort(-confidence, axis=1, kind="stable")[:, : int(share * coarse.shape[1])]
    result = coarse.copy()
    np.put_along_axis(result, chosen, np.take_along_axis(fine, chosen, 1), 1)
    return result
