"""Scores as shares of the score that a video has with itself, which is therefore 1 for every video and model."""

from collections.abc import Callable

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from hapvr.device import fastest_device
from hapvr.scoring.reading import Videos
from hapvr.scoring.scoring import score

LEAST = 1e-3  # of the score with itself: a model that finds nothing in a video finds no copy of it either


def relative_scores(
    model: nn.Module,
    queries: Videos,
    database: Videos,
    *,
    memory_gb: float,
    progress: Callable[[], object] | None = None,
) -> np.ndarray:
    """Similarity of each query to every video, divided by that to itself, float32 [Q, N]. Queries: [T, R, D] each.

    progress: called after each video of the database; None: a bar of them is shown.
    """
    if progress is None:
        with tqdm(desc="compare", total=len(database), unit="video") as bar:
            return relative_scores(model, queries, database, memory_gb=memory_gb, progress=bar.update)
    scores = score(model, queries, database, device=fastest_device(), memory_gb=memory_gb, progress=progress)
    own = [similarity_to_itself(model, np.asarray(query)) for query in queries]
    found: np.ndarray = scores / np.array(own, np.float32)[:, None]
    return found


@torch.inference_mode()
def similarity_to_itself(model: nn.Module, query: np.ndarray) -> float:
    """Of a video [T, R, D], LEAST at least."""
    method = model.to(fastest_device())
    indexed = method.index(torch.from_numpy(query).to(fastest_device()))  # type: ignore[operator]
    return max(float(method.similarity(indexed, indexed)), LEAST)  # type: ignore[operator]
