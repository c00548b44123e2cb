"""What two videos have in common, in a few numbers from which a probability is made."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch

from hapvr.search.answers.runs import Run
from hapvr.similarity.region_similarity import frame_similarity, region_major


class Evidence(NamedTuple):
    """score: of the model, as a share of the query's score with itself. level: mean frame similarity along the best run
    of matching frames; contrast: by how much it exceeds the median of all frames. seconds: log2 of 1 + its length."""

    score: float
    level: float
    contrast: float
    seconds: float


def frame_matrix(query: np.ndarray, video: np.ndarray) -> np.ndarray:
    """Features [T, R, D] and [T', R, D] → [T, T']: Chamfer similarity of the frames' regions, whatever the model.

    1 for a frame and itself, as the models' own frame similarities are not.
    """
    first, second = (region_major(torch.from_numpy(features)) for features in (query, video))
    found: np.ndarray = frame_similarity(first, second, 0).numpy()
    return found


def weigh(matrix: np.ndarray, runs: Sequence[Run], *, score: float, fps: float) -> Evidence:
    """The evidence of a pair. matrix: of `frame_matrix`. runs: of `find_runs`, best first."""
    if not runs:
        return Evidence(score, float(matrix.max()), 0.0, 0.0)
    best = runs[0]
    seconds = float(np.log2(1 + best.frames / fps))
    return Evidence(score, best.level, best.level - float(np.median(matrix)), seconds)
