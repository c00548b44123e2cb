"""TopK-Chamfer similarity, at both levels: over regions and over frames."""

import torch
from torch import Tensor

from hapvr.topk import kept_items


def topk_chamfer(similarity: Tensor, rate: float, mask: Tensor | None = None) -> Tensor:
    """Mean over query items of the mean of their best target items.

    similarity: [..., query, target]. rate: share of target items kept, in [0, 1];
    k = max(round(rate · target), 1), so 0 gives Chamfer and 1 the average. mask: bool, same shape,
    True = real item; n and both means count real items only. Query items without a real target item
    take no part; the result is 0 where there is no real item at all. Returns [...].
    Raises ValueError for a rate outside [0, 1] or a mask of another shape.
    Source: HAP-VR (Liu et al. 2024), section 4.1.
    """
    if not 0 <= rate <= 1:
        raise ValueError(f"topk_chamfer: rate {rate} is outside [0, 1]")
    if mask is None:
        return mean_of_best(similarity, kept_items(rate, similarity.shape[-1])).mean(-1)
    if mask.shape != similarity.shape:
        raise ValueError(f"topk_chamfer: mask has shape {tuple(mask.shape)}, expected {tuple(similarity.shape)}")
    real = mask.any(-1)
    per_query = mean_of_real_best(similarity, rate, mask)
    return (per_query * real).sum(-1) / real.sum(-1).clamp(min=1)


def mean_of_best(similarity: Tensor, k: int) -> Tensor:
    """Mean of the k largest over the last axis: [..., target] → [...], float32 or wider.

    Half precision is widened only after the choice, which is exact in it and would take twice the memory.
    """
    wide = torch.promote_types(similarity.dtype, torch.float32)
    if k == 1:
        return similarity.amax(-1).to(wide)
    if k == similarity.shape[-1]:
        return similarity.mean(-1, dtype=wide)
    return similarity.topk(k, dim=-1, sorted=False).values.mean(-1, dtype=wide)


def mean_of_real_best(similarity: Tensor, rate: float, mask: Tensor) -> Tensor:
    """Mean of the best real items over the last axis, each row with a k of its own; 0 for a row without any."""
    counts = mask.sum(-1)
    # torch.round rounds ties to even as Python does; float64 keeps n · rate what Python computes.
    kept = (counts.double() * rate).round().clamp(min=1).minimum(counts.double())
    widest = kept_items(rate, similarity.shape[-1])
    best = similarity.masked_fill(~mask, -torch.inf).topk(widest, dim=-1).values
    used = torch.arange(widest, device=similarity.device) < kept.unsqueeze(-1)
    return best.masked_fill(~used, 0).sum(-1) / kept.clamp(min=1).to(similarity.dtype)
