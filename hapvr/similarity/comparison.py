"""One strip of queries against one batch of database videos."""

from dataclasses import dataclass

import torch
from torch import Tensor

from hapvr.similarity.model import Method
from hapvr.similarity.region_similarity import frame_similarity
from hapvr.similarity.spans import spans
from hapvr.similarity.strips import Strip
from hapvr.similarity.topk_chamfer import mean_of_real_best


@dataclass(frozen=True)
class Batch:
    """Indexed database videos of about one length.

    columns: their positions in the database. videos: region-major [R, T, D] each, zero frames at the end up to
    one T. lengths: [N] real frames.
    """

    columns: list[int]
    videos: list[Tensor]
    lengths: Tensor


def compare(method: Method, strip: Strip, batch: Batch) -> list[Tensor]:
    """Per piece of the strip: sum over its query frames of the mean of their best target frames, [N] each.

    Divided by the query's outputs, the sums over all pieces of a query are its TopK-Chamfer similarity.
    """
    outputs: list[list[Tensor]] = [[] for _ in strip.pieces]
    for columns in spans(batch.videos[0].shape[1], method.stride):
        part = slice(columns.start, columns.stop)
        similarity = torch.stack(
            [frame_similarity(strip.features, video[:, part], method.region_top_rate) for video in batch.videos]
        )
        lengths = (batch.lengths - columns.start).clamp(0, columns.stop - columns.start)
        for piece, joined in zip(strip.pieces, outputs, strict=True):
            refined = method.refine(similarity[:, piece.span.start : piece.span.stop], lengths)
            joined.append(refined[:, :, columns.skip : columns.skip + columns.outputs])
    return [
        _sum_of_rows(method, torch.cat(joined, 2)[:, piece.span.skip : piece.span.skip + piece.span.outputs], batch)
        for piece, joined in zip(strip.pieces, outputs, strict=True)
    ]


def _sum_of_rows(method: Method, refined: Tensor, batch: Batch) -> Tensor:
    real = torch.arange(refined.shape[2], device=refined.device) < (batch.lengths // method.stride)[:, None, None]
    return mean_of_real_best(refined, method.frame_top_rate, real.expand_as(refined)).sum(1)
