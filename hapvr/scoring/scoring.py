"""Similarity of every query to every database video: exact, in bounded memory, the same bytes in any order."""

from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from typing import NoReturn, cast

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from hapvr.methods.model import Method
from hapvr.scoring.blocks import Blocks, cut
from hapvr.scoring.comparison import compare
from hapvr.scoring.indexing import indexed, laid
from hapvr.scoring.memory import Work, room_for_reading
from hapvr.scoring.reading import Videos, lengths_of, read_ahead
from hapvr.scoring.strips import strips


@dataclass(frozen=True)
class Part:
    """The `number`-th of `of` equal parts of the work, from 0; the others are left to other jobs."""

    number: int
    of: int

    @classmethod
    def parse(cls, text: str) -> "Part":
        """ "1/4" → the second of four parts. Raises ValueError."""
        number, _, of = text.partition("/")
        if not (number.isdecimal() and of.isdecimal() and int(number) < int(of)):
            raise ValueError(f"--part: expected I/N with 0 ≤ I < N, such as 0/4, found {text!r}")
        return cls(int(number), int(of))


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
) -> np.ndarray:
    """Scores queries against a database, progress shown.

    queries, database: sequences of [T, R, D]; a database video is read shortly before its turn comes. memory_gb:
    bound on what scoring takes, GiB, the laid-out queries and the result included; what is left of it is used to
    read ahead. dtype: of the region products; everything after them is float32. blocks: where finished blocks are
    kept and looked for. part: only this part is computed, the rest is taken from `blocks`, or 0. Every database
    video is compared by itself, so that no score depends on the others. Returns float32 [Q, N].
    Raises ValueError, before any work, if memory_gb is too small.
    """
    device = torch.device(device)
    # The CNN is fastest with its channels last.
    comparer = cast(Method, method.to(device).to(memory_format=torch.channels_last))  # type: ignore[call-overload]
    similarity = np.zeros((len(queries), len(database)), np.float32)
    if not similarity.size:
        return similarity
    lengths = lengths_of(database)
    work = _work(comparer, queries, lengths, device, dtype)
    room = room_for_reading(comparer, work, memory_gb)
    todo = []
    for number, positions in enumerate(cut(lengths)):
        finished = blocks.load(number) if blocks else None
        if finished is not None:
            similarity[:, positions] = finished
        elif part is None or number % part.of == part.number:
            todo.append((number, positions))
    asked = [position for _, positions in todo for position in positions]
    videos = read_ahead(
        database, asked, cost=lambda position: work.raw_bytes(lengths[position]), room=room, pin=device.type == "cuda"
    )
    with closing(videos), _exact_convolutions(), _progress(similarity, len(asked), part) as progress:
        own = (indexed(comparer, torch.as_tensor(query).to(device), dtype) for query in queries) if asked else ()
        packed = list(strips(own, comparer.stride))
        for number, positions in todo:
            # Stays on the device until the block is finished: nothing waits for single scores.
            scores = torch.zeros(len(queries), len(positions), device=device)
            for place in range(len(positions)):
                video = laid(comparer, next(videos).to(device, non_blocking=True), dtype)
                for strip in packed:
                    mine = scores[strip.first : strip.first + len(strip.weights), place]
                    mine += compare(comparer, strip, video)
                progress.update(len(queries))
            similarity[:, positions] = scores.cpu().numpy()
            if blocks:
                blocks.save(number, similarity[:, positions])
    return similarity


def _work(method: Method, queries: Videos, lengths: list[int], device: torch.device, dtype: torch.dtype) -> Work:
    frame = torch.as_tensor(queries[0])[:1].to(device).float()
    return Work(
        queries=lengths_of(queries),
        database=lengths,
        regions=frame.shape[1],
        indexed_regions=method.index(frame).shape[1],
        dims=frame.shape[2],
        dtype=dtype,
        device=device,
    )


def _exact_convolutions() -> AbstractContextManager[None]:
    """On a GPU: in float32 (cuDNN's own choice is TF32, of 10 bits), by algorithms that always give the same bits."""
    flags: AbstractContextManager[None] = torch.backends.cudnn.flags(
        enabled=True, benchmark=False, deterministic=True, allow_tf32=False
    )
    return flags


def _progress(similarity: np.ndarray, asked: int, part: Part | None) -> "tqdm[NoReturn]":
    """Pairs done and to do; those of finished blocks count as done, and not for the speed."""
    left = len(similarity) * asked
    done = 0 if part else similarity.size - left
    return tqdm(desc="score", total=done + left, initial=done, unit="pair", unit_scale=True)
