"""Queries laid end to end, in strips that are compared with a video at one go."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from hapvr.similarity.region_similarity import region_major
from hapvr.similarity.spans import Span, spans

# Frames of a strip of short queries: enough to keep the matrix product busy.
STRIP = 128


@dataclass(frozen=True)
class Piece:
    """Where the frames of a query, or of one chunk of it, lie in a strip."""

    query: int
    span: Span


@dataclass(frozen=True)
class Strip:
    """features: [R, T, D], region-major, several short queries end to end or one chunk of a long one."""

    features: Tensor
    pieces: list[Piece]


def strips(queries: Iterable[Tensor], stride: int) -> Iterator[Strip]:
    """Packs indexed queries [T, R, D], in order. What is packed together depends on the queries alone."""
    waiting: list[Tensor] = []
    pieces: list[Piece] = []
    for number, query in enumerate(queries):
        chunks = list(spans(len(query), stride))
        if waiting and (len(chunks) > 1 or sum(map(len, waiting)) + len(query) > STRIP):
            yield Strip(region_major(torch.cat(waiting)), pieces)
            waiting, pieces = [], []
        if len(chunks) > 1:
            for span in chunks:
                part = query[span.start : span.stop]
                yield Strip(region_major(part), [Piece(number, span._replace(start=0, stop=len(part)))])
        else:
            begin = sum(map(len, waiting))
            pieces.append(Piece(number, Span(begin, begin + len(query), 0, chunks[0].outputs)))
            waiting.append(query)
    if waiting:
        yield Strip(region_major(torch.cat(waiting)), pieces)
