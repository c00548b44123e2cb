"""Scores as shares of the score that a video has with itself, which is therefore 1 for every video and model."""

import numpy as np
import torch
from torch import nn

from hapvr.device import fastest_device
from hapvr.scoring.reading import Videos
from hapvr.scoring.scoring import score

LEAST = 1e-3  # of the score with itself: a model that finds nothing in a video finds no copy of it either


def relative_scores(model: nn.Module, query: np.ndarray, database: Videos, *, memory_gb: float) -> list[float]:
    """Similarity of a query [T, R, D] to every video, divided by that to itself."""
    scores = score(model, [query], database, device=fastest_device(), memory_gb=memory_gb)[0]
    found: list[float] = (scores / similarity_to_itself(model, query)).tolist()
    return found


@torch.inference_mode()
def similarity_to_itself(model: nn.Module, query: np.ndarray) -> float:
    """Of a video [T, R, D], LEAST at least."""
    method = model.to(fastest_device())
    indexed = method.index(torch.from_numpy(query).to(fastest_device()))  # type: ignore[operator]
    return max(float(method.similarity(indexed, indexed)), LEAST)  # type: ignore[operator]
