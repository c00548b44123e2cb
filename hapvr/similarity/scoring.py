"""Similarity of every query to every database video, exactly, in bounded memory."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from hapvr.similarity.model import Method

Videos = Sequence[np.ndarray | Tensor]


@torch.inference_mode()
def score(
    method: nn.Module, queries: Videos, database: Videos, *, device: torch.device | str, memory_gb: float
) -> np.ndarray:
    """Scores queries against a database, progress shown.

    queries, database: sequences of [T, R, D], read one at a time. Database videos of one length are compared
    together, as many as `memory_gb` (GiB, intermediate results included) allows, so that no result depends on
    its neighbours. Returns float32 [Q, N].
    """
    method = method.to(device)
    comparer = cast(Method, method)
    indexed = [comparer.index(torch.as_tensor(video, device=device)) for video in queries]
    similarity = np.zeros((len(queries), len(database)), np.float32)
    progress = tqdm(desc="score", total=similarity.size, unit="pair", unit_scale=True)
    for columns, targets in _batches(comparer, database, longest=_longest(indexed), device=device, memory_gb=memory_gb):
        for row, query in enumerate(indexed):
            similarity[row, columns] = comparer.compare(query, targets).float().cpu().numpy()
        progress.update(len(queries) * len(columns))
    progress.close()
    return similarity


def _longest(indexed: list[Tensor]) -> int:
    """Region vectors of the longest query."""
    return max((video[..., 0].numel() for video in indexed), default=1)


def _batches(
    method: Method, database: Videos, *, longest: int, device: torch.device | str, memory_gb: float
) -> Iterator[tuple[list[int], Tensor]]:
    """Indexed database videos of one shape, stacked: (their positions, [N, …])."""
    waiting: dict[torch.Size, list[tuple[int, Tensor]]] = defaultdict(list)
    for position, video in enumerate(database):
        item = method.index(torch.as_tensor(video, device=device))
        batch = waiting[item.shape]
        batch.append((position, item))
        if len(batch) >= _fitting(item, longest, memory_gb):
            yield [position for position, _ in batch], torch.stack([item for _, item in batch])
            batch.clear()
    for batch in waiting.values():
        if batch:
            yield [position for position, _ in batch], torch.stack([item for _, item in batch])


def _fitting(item: Tensor, longest: int, memory_gb: float) -> int:
    """How many videos of one shape are compared together."""
    # The region similarities, their copy in TopK's layout, and the widest maps of the CNN (32 of them) all count.
    bytes_per_video = 4 * (item.numel() + 3 * item[..., 0].numel() * longest)
    return max(int(memory_gb * 2**30 / 2 / bytes_per_video), 1)
