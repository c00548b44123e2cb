"""What is kept of a video for comparison, in the layout and number format of the region products."""

import torch
from torch import Tensor

from hapvr.methods.model import Method
from hapvr.scoring.spans import CHUNK
from hapvr.similarity.region_similarity import region_major


def indexed(method: Method, features: Tensor, dtype: torch.dtype) -> Tensor:
    """Features [T, R, D] → indexed [T', R', D] of `dtype`; long videos part by part, for memory's sake."""
    parts = -(-len(features) // CHUNK) if method.stride > 1 else 1
    if parts == 1:
        return method.index(features.float()).to(dtype)
    whole = torch.empty_like(features, dtype=dtype)
    # Parts of about one length: each is long enough for `index` to leave it that long.
    for part, kept in zip(features.tensor_split(parts), whole.tensor_split(parts), strict=True):
        kept.copy_(method.index(part.float()))
    return whole


def laid(method: Method, features: Tensor, dtype: torch.dtype) -> Tensor:
    """Features [T, R, D] → indexed and region-major, [R', T', D]."""
    return region_major(indexed(method, features, dtype))
