"""What every loss shares: checked inputs, the own entry, and the mean over queries that count."""

import torch
from torch import Tensor


def check_matrices(similarity: Tensor, relevance: Tensor) -> tuple[Tensor, Tensor]:
    """Similarity in float32 or better, and relevance as bool; both [query, item].

    Half precision is widened because counts and differences below δ would be lost in it.
    Raises ValueError when the two are not matrices of one shape.
    """
    if similarity.ndim != 2 or similarity.shape != relevance.shape:
        raise ValueError(
            "expected similarity and relevance of one shape [query, item], "
            f"found similarity {list(similarity.shape)} and relevance {list(relevance.shape)}"
        )
    return widen(similarity), relevance > 0


def widen(values: Tensor) -> Tensor:
    """float16 and bfloat16 as float32, wider types as they are."""
    return values if values.dtype == torch.float64 else values.float()


def own_entry(similarity: Tensor) -> Tensor:
    """bool [query, item]: a query met as its own item, the diagonal of a batch compared with itself.

    A matrix that is not square compares queries with other videos and has no own entries.
    """
    queries, items = similarity.shape
    own = torch.eye(queries, items, dtype=torch.bool, device=similarity.device)
    return own if queries == items else torch.zeros_like(own)


def counted_mean(values: Tensor, counted: Tensor) -> Tensor:
    """Mean of the values [...] that are counted (bool [...]); zero when none is."""
    return torch.where(counted, values, 0).sum() / counted.sum().clamp(min=1)
