"""Similarity of videos that are one vector each."""

from torch import Tensor


def scalar_product(query: Tensor, target: Tensor) -> Tensor:
    """Of two vectors, [D] each: computed in float64, of which the result is rounded, as the vector engine does."""
    return (query.double() @ target.double()).float()
