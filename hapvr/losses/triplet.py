"""Triplet loss over all triplets."""

from typing import Annotated

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from hapvr.losses.matrix import check_matrices, own_entry

Margin = Annotated[float, Field(ge=0, description="by how much a positive should exceed a negative")]


class Triplet(nn.Module):
    """max(S⁻ − S⁺ + m, 0), mean over the non-zero triplets (query, positive, negative) of the whole matrix.

    The own entry takes no part. All triplets count, at n log n per query: those of a positive are the negatives above
    S⁺ − m, a tail of the sorted negatives whose number and sum are read from prefix sums.
    Source: Schroff et al. 2015 (FaceNet), in its form for similarities (PyTorch Metric Learning).
    """

    def __init__(self, margin: Margin) -> None:
        super().__init__()
        self.margin = margin

    def forward(self, similarity: Tensor, relevance: Tensor) -> Tensor:
        """similarity, relevance: [query, item] → scalar. Raises ValueError for other shapes."""
        similarity, relevant = check_matrices(similarity, relevance)
        others = ~own_entry(similarity)
        positive, negative = relevant & others, ~relevant & others

        ranked, order = similarity.sort(dim=-1, descending=True)
        counts = negative.gather(-1, order).double()
        number = F.pad(counts.cumsum(-1), (1, 0))
        total = F.pad((counts * ranked.double()).cumsum(-1), (1, 0))
        bound = similarity.detach() - self.margin
        nearer = torch.searchsorted(-ranked.detach(), -bound)  # how many items have a similarity above S⁺ − m
        number, total = number.gather(-1, nearer) * positive, total.gather(-1, nearer)
        loss = total * positive - number * (similarity - self.margin)
        return (loss.sum() / number.sum().clamp(min=1)).to(similarity.dtype)
