"""The frame-to-frame similarity that a method sees in a pair of videos."""

import numpy as np
import torch
import torch.nn.functional as F

from hapvr.methods.frozen import Chamfer
from hapvr.similarity import SimilarityNetwork


@torch.inference_mode()
def frame_similarity(model: torch.nn.Module, query: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Features [T, R, D] and [T', R, D] → float32 [T, T'], at most 1.

    For methods without regions, cosine similarity of the frames' mean region vectors.
    """
    frames, others = torch.from_numpy(query), torch.from_numpy(target)
    if isinstance(model, SimilarityNetwork | Chamfer):
        similarity = model.cpu().frame_similarity(model.index(frames), model.index(others))
    else:
        similarity = F.normalize(frames.mean(1), dim=-1) @ F.normalize(others.mean(1), dim=-1).T
    # Videos that are too short for the network were repeated.
    return similarity[: len(query), : len(target)].numpy()
