"""One strip of queries against one database video."""

import torch
from torch import Tensor

from hapvr.methods.model import Method
from hapvr.scoring.spans import spans
from hapvr.scoring.strips import Strip
from hapvr.similarity.region_similarity import frame_similarity
from hapvr.similarity.topk_chamfer import kept_items, mean_of_best


def compare(method: Method, strip: Strip, video: Tensor) -> Tensor:
    """Similarity to a database video of the queries in a strip, [queries]: of a query in chunks, its part.

    video: indexed, region-major [R, T, D]. A long one is compared in chunks.
    """
    refined = []
    for columns in spans(video.shape[1], method.stride):
        chunk = video[:, columns.start : columns.stop]
        similarity = torch.cat([frame_similarity(tile, chunk, method.region_top_rate) for tile in strip.tiles])
        outputs = method.refine(similarity.unsqueeze(0), strip.real)[0]
        refined.append(outputs[:, columns.skip : columns.skip + columns.outputs])
    joined = torch.cat(refined, 1)
    return strip.weights @ mean_of_best(joined, kept_items(method.frame_top_rate, joined.shape[1]))
