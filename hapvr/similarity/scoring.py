"""Similarity of every query to every database video: exact, in bounded memory, the same bytes in any batching."""

from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from hapvr.similarity.batches import Videos, batches, lengths_of, plan
from hapvr.similarity.blocks import Blocks, cut
from hapvr.similarity.comparison import Batch, compare
from hapvr.similarity.model import Method
from hapvr.similarity.spans import CHUNK
from hapvr.similarity.strips import STRIP, Strip, strips


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

    queries, database: sequences of [T, R, D]; a database video is read when its turn comes. memory_gb: bound
    on the working set, GiB, besides queries and result. dtype: of the region products; everything after them
    is float32. blocks: where finished blocks are kept and looked for. part: only this part is computed, the rest
    is taken from `blocks`, or 0. Every pair is computed by itself, padded by its own length, so that no score
    depends on which videos are compared together. Returns float32 [Q, N]. Raises ValueError if memory_gb is too small.
    """
    method = method.to(device)
    comparer = cast(Method, method)
    indexed = [comparer.index(torch.as_tensor(video).to(device).float()) for video in queries]
    laid = list(strips([video.to(dtype) for video in indexed], comparer.stride))
    outputs = torch.tensor([len(video) // comparer.stride for video in indexed], device=device)
    similarity = np.zeros((len(queries), len(database)), np.float32)
    lengths = lengths_of(database)
    at_once = _frames_at_once(memory_gb, laid)
    with tqdm(desc="score", total=similarity.size, unit="pair", unit_scale=True) as progress:
        for number, positions in enumerate(cut(lengths)):
            finished = blocks.load(number) if blocks else None
            if finished is not None:
                similarity[:, positions] = finished
            elif part is None or number % part.of == part.number:
                groups = plan(positions, lengths, at_once)
                for batch in batches(comparer, database, groups, device=device, dtype=dtype):
                    sums = _sums(comparer, laid, batch, len(queries))
                    similarity[:, batch.columns] = (sums / outputs[:, None]).cpu().numpy()
                    progress.update(sums.numel())
                if blocks:
                    blocks.save(number, similarity[:, positions])
                continue
            progress.update(len(queries) * len(positions))
    return similarity


def _sums(method: Method, laid: list[Strip], batch: Batch, queries: int) -> Tensor:
    """Sum over the outputs of each query of what `compare` gives, [Q, N]."""
    sums = torch.zeros(queries, len(batch.columns), device=batch.lengths.device)
    for strip in laid:
        for piece, rows in zip(strip.pieces, compare(method, strip, batch), strict=True):
            sums[piece.query] += rows
    return sums


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
