"""The definition that scoring is tested against: one pair at a time, nothing padded, nothing in tiles."""

from typing import cast

import torch
from torch import Tensor, nn

from hapvr.methods.model import Method
from hapvr.similarity.topk_chamfer import topk_chamfer


def one_pair_at_a_time(method: nn.Module, query: Tensor, target: Tensor) -> Tensor:
    """The definition, for two indexed videos: region TopK-Chamfer, refinement, frame TopK-Chamfer; scalar."""
    comparer = cast(Method, method)
    frame_similarity = topk_chamfer(torch.einsum("trd,usd->turs", query, target), comparer.region_top_rate)
    real = torch.ones(len(query), dtype=torch.bool, device=query.device)
    refined = comparer.refine(frame_similarity.unsqueeze(0), real)[0]
    return topk_chamfer(refined, comparer.frame_top_rate)
