"""Queries laid end to end, in strips that are compared with a video at one go; long videos in spans that overlap."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import torch
from torch import Tensor

from hapvr.similarity.region_similarity import region_major, rows_of_tile

# Frames on each side of a span: the CNN's 32 maps of it take 33 MB in float32.
CHUNK = 512
# Frames of a strip: enough to keep the CNN busy; a GPU takes far more at a time.
CPU_STRIP, GPU_STRIP = 512, 4096
# A strip is filled with zero frames up to a multiple of this many: wide registers and matrix units like it.
ALIGN = 8


class Span(NamedTuple):
    """Frames of one chunk, halo included, and which of the outputs they give are kept."""

    start: int
    stop: int
    skip: int
    outputs: int


@dataclass(frozen=True)
class Strip:
    """Several short queries, or chunks of long ones, with zero frames between them.

    tiles: [R, T, D] each, region-major, in order. real: bool, one per frame, False for zero frames. first: the first
    query in the strip. weights: [queries from `first`, outputs], what each output of the strip adds to the
    similarity of each query: 1 / outputs of the query, 0 for outputs of others, of halos and of zero frames.
    """

    tiles: list[Tensor]
    real: Tensor
    first: int
    weights: Tensor

    @cached_property
    def outputs(self) -> list[Tensor]:
        """Of each query from `first`, which outputs are its own: halos and zero frames weigh nothing."""
        return [weights.nonzero()[:, 0] for weights in self.weights]


@dataclass(frozen=True)
class _Piece:
    """Frames of one query, halo included; its outputs from `skip` on have a weight."""

    query: int
    features: Tensor
    skip: int
    weights: Tensor


def cut_into_spans(frames: int, *, stride: int, halo: int) -> Iterator[Span]:
    """Cuts `frames` frames into chunks of CHUNK; the kept outputs, joined, are all frames // stride of them.

    stride: frames per output. halo: frames before and after those of an output that it depends on.
    """
    outputs = frames // stride
    for first in range(0, outputs, CHUNK // stride):
        last = min(first + CHUNK // stride, outputs)
        start = max(first * stride - halo, 0)
        stop = frames if last == outputs else min(last * stride + halo, frames)
        yield Span(start, stop, first - start // stride, last - first)


def strip_frames(device: torch.device) -> int:
    """Frames of a strip, unless one chunk alone has more."""
    return CPU_STRIP if device.type == "cpu" else GPU_STRIP


def pack_into_strips(queries: Iterable[Tensor], *, stride: int, halo: int, gap: int) -> Iterator[Strip]:
    """Packs indexed queries [T, R, D], in order. What is packed together depends on the queries alone.

    gap: outputs between two queries that have no frame of either, at least.
    """
    held: list[_Piece] = []
    for number, query in enumerate(queries):
        for span in cut_into_spans(len(query), stride=stride, halo=halo):
            weights = query.new_full((span.outputs,), 1 / (len(query) // stride), dtype=torch.float32)
            piece = _Piece(number, query[span.start : span.stop], span.skip, weights)
            if held and sum(_room(other, stride, gap) for other in [*held, piece]) > strip_frames(query.device):
                yield _lay_out(held, stride, gap)
                held = []
            held.append(piece)
    if held:
        yield _lay_out(held, stride, gap)


def _room(piece: _Piece, stride: int, gap: int) -> int:
    """Frames that a piece takes: `gap` outputs more than it has, so that no output sees the next piece."""
    return (len(piece.features) // stride + gap) * stride


def _lay_out(pieces: list[_Piece], stride: int, gap: int) -> Strip:
    features = pieces[0].features
    frames = -(-sum(_room(piece, stride, gap) for piece in pieces) // ALIGN) * ALIGN
    queries = pieces[-1].query - pieces[0].query + 1
    joined = features.new_zeros(frames, *features.shape[1:])
    real = torch.zeros(frames, dtype=torch.bool, device=features.device)
    weights = torch.zeros(queries, frames // stride, device=features.device)
    begin = 0
    for piece in pieces:
        joined[begin : begin + len(piece.features)] = piece.features
        real[begin : begin + len(piece.features)] = True
        output = begin // stride + piece.skip
        weights[piece.query - pieces[0].query, output : output + len(piece.weights)] = piece.weights
        begin += _room(piece, stride, gap)
    tiles = [region_major(tile) for tile in joined.split(rows_of_tile(features.device))]
    return Strip(tiles, real, pieces[0].query, weights)
