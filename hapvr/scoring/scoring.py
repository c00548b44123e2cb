"""Similarity of every query to every database video: exact, in bounded memory, the same bytes in any order."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing
from typing import NoReturn

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from hapvr.scoring.blocks import Blocks, Part, cut_into_blocks
from hapvr.scoring.engines import engine_of
from hapvr.scoring.memory import Sizes, room_for_reading
from hapvr.scoring.reading import Videos, lengths_of, read_ahead


@torch.inference_mode()
def score(
    method: nn.Module,
    queries: Videos,
    database: Videos,
    *,
    device: torch.device | str,
    memory_gb: float,
    dtype: torch.dtype = torch.float32,
    blocks: Blocks | None = None,
    part: Part | None = None,
    progress: Callable[[], object] | None = None,
) -> np.ndarray:
    """Scores queries against a database, progress shown.

    queries, database: sequences of [T, R, D]; a database video is read shortly before its turn comes. memory_gb:
    bound on what scoring takes, GiB, the packed queries and the result included; what is left of it is used to
    read ahead. dtype: of the region products; everything after them is float32. blocks: where finished blocks are
    kept and looked for. part: only this part is computed, the rest is taken from `blocks`, or 0. progress: called
    after each database video, in the place of a bar of pairs. Every database video is compared by itself, so that
    no score depends on the others. Returns float32 [Q, N].
    Raises ValueError, before any work, if memory_gb is too small.
    """
    device = torch.device(device)
    similarity = np.zeros((len(queries), len(database)), np.float32)
    if not similarity.size:
        return similarity
    lengths = lengths_of(database)
    sizes = Sizes(lengths_of(queries), lengths, torch.as_tensor(queries[0])[:1].to(device).float())
    engine = engine_of(method.to(device), dtype=dtype, device=device)
    room = room_for_reading(sizes, engine.needed_bytes(sizes), memory_gb)
    unfinished = _take_finished(similarity, lengths, blocks, part)
    asked = [position for _, positions in unfinished for position in positions]
    if not asked:
        return similarity
    on_gpu = device.type == "cuda"
    videos = read_ahead(
        database, asked, cost=lambda position: sizes.raw_bytes(lengths[position]), room=room, pin=on_gpu
    )
    bar = _bar(similarity, len(asked), part, shown=progress is None)
    with closing(videos), _exact_convolutions(), bar:
        packed = engine.pack_queries(torch.as_tensor(query).to(device) for query in queries)
        for number, positions in unfinished:
            # Stays on the device until the block is finished: nothing waits for single scores.
            scores = torch.zeros(len(queries), len(positions), device=device)
            for column in scores.T:
                column.copy_(engine.compare(packed, next(videos).to(device, non_blocking=True)))
                bar.update(len(queries))
                if progress:
                    progress()
            similarity[:, positions] = scores.cpu().numpy()
            if blocks:
                blocks.save(number, similarity[:, positions])
    return similarity


def _take_finished(
    similarity: np.ndarray, lengths: Sequence[int], blocks: Blocks | None, part: Part | None
) -> list[tuple[int, list[int]]]:
    """Fills in finished blocks; the numbers and positions of those that are left to do."""
    left = []
    for number, positions in enumerate(cut_into_blocks(lengths)):
        finished = blocks.load(number) if blocks else None
        if finished is not None:
            similarity[:, positions] = finished
        elif part is None or number % part.of == part.number:
            left.append((number, positions))
    return left


def _exact_convolutions() -> AbstractContextManager[None]:
    """On a GPU: in float32 (cuDNN's own choice is TF32, of 10 bits), by algorithms that always give the same bits."""
    flags: AbstractContextManager[None] = torch.backends.cudnn.flags(
        enabled=True, benchmark=False, deterministic=True, allow_tf32=False
    )
    return flags


def _bar(similarity: np.ndarray, asked: int, part: Part | None, *, shown: bool) -> "tqdm[NoReturn]":
    """Pairs done and to do; those of finished blocks count as done, and not for the speed."""
    left = len(similarity) * asked
    done = 0 if part else similarity.size - left
    return tqdm(desc="score", total=done + left, initial=done, unit="pair", unit_scale=True, disable=not shown)
