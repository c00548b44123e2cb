"""Similarity of every query to every database video: exact, in bounded memory, the same bytes in any batching."""

from typing import cast

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from hapvr.similarity.batches import Videos, batches, lengths_of, plan
from hapvr.similarity.comparison import compare
from hapvr.similarity.model import Method
from hapvr.similarity.spans import CHUNK
from hapvr.similarity.strips import STRIP, Strip, strips


@torch.inference_mode()
def score(
    method: nn.Module,
    queries: Videos,
    database: Videos,
    *,
    device: torch.device | str,
    memory_gb: float,
    dtype: torch.dtype = torch.float32,
) -> np.ndarray:
    """Scores queries against a database, progress shown.

    queries, database: sequences of [T, R, D]; a database video is read when its turn comes. memory_gb: bound
    on the working set, GiB, besides queries and result. dtype: of the region products; everything after them
    is float32. Every pair is computed by itself, padded by its own length, so that no score depends on which
    videos are compared together. Returns float32 [Q, N]. Raises ValueError if memory_gb is too small.
    """
    method = method.to(device)
    comparer = cast(Method, method)
    indexed = [comparer.index(torch.as_tensor(video).to(device).float()) for video in queries]
    laid = list(strips([video.to(dtype) for video in indexed], comparer.stride))
    outputs = torch.tensor([len(video) // comparer.stride for video in indexed], device=device)
    similarity = np.zeros((len(queries), len(database)), np.float32)
    lengths = lengths_of(database)
    groups = plan(lengths, _frames_at_once(memory_gb, laid))
    with tqdm(desc="score", total=similarity.size, unit="pair", unit_scale=True) as progress:
        for batch in batches(comparer, database, groups, device=device, dtype=dtype):
            sums = torch.zeros(len(queries), len(batch.columns), device=device)
            for strip in laid:
                for piece, rows in zip(strip.pieces, compare(comparer, strip, batch), strict=True):
                    sums[piece.query] += rows
            similarity[:, batch.columns] = (sums / outputs[:, None]).cpu().numpy()
            progress.update(sums.numel())
    return similarity


def _frames_at_once(memory_gb: float, laid: list[Strip]) -> int:
    """Database frames that `memory_gb` allows in one batch."""
    features = max((strip.features[:, 0].numel() * 4 for strip in laid), default=1)
    tallest = max((strip.features.shape[1] for strip in laid), default=1)
    # Per pair of frames: the similarity, and three times the 32 maps of the CNN's first layer, for one piece at a time.
    per_frame = 3 * features + 4 * tallest + 3 * 4 * 32 * min(tallest, STRIP if tallest <= STRIP else CHUNK)
    frames = int(memory_gb * 2**30 / per_frame)
    if frames < 1:
        raise ValueError(f"memory_gb: {memory_gb} GiB hold less than one frame of a comparison; raise score.memory_gb")
    return frames
