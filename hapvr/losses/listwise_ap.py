"""Listwise AP by quantisation (DIR in the paper's tables)."""

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor

from hapvr.losses.ranking import RankingLoss

Bins = Annotated[int, Field(ge=2, description="bins of the similarity in [0, 1]")]


class ListwiseAP(RankingLoss):
    """1 − mean over queries of AP = Σ precision · Δrecall over `bins` soft bins of the similarity, from high to low.

    similarity in [0, 1], as in training; values outside fall into the outermost bins. The own entry is ranked with the
    rest; queries without relevant items weigh zero.
    Source: Revaud et al. 2019 (Learning with Average Precision: Training Image Retrieval with a Listwise Loss).
    """

    def __init__(self, bins: Bins) -> None:
        super().__init__()
        if bins < 2:
            raise ValueError(f"expected at least 2 bins, found {bins}")
        self.bins = bins

    def average_precision(self, similarity: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        position = (1 - similarity) * (self.bins - 1)
        everything = positive | negative
        of_positives, of_all = [], []
        for index in range(self.bins):  # one bin at a time: [query, item, bin] would not fit for large batches
            pulse = self._pulse(position, index)
            of_positives.append((pulse * positive).sum(-1))
            of_all.append((pulse * everything).sum(-1))
        found = torch.stack(of_positives, -1)
        seen = torch.stack(of_all, -1).cumsum(-1)
        filled = seen > 0
        precision = torch.where(filled, found.cumsum(-1) / torch.where(filled, seen, 1), 0)
        return (precision * found).sum(-1) / torch.where(positive.any(-1), found.sum(-1), 1)

    def _pulse(self, position: Tensor, index: int) -> Tensor:
        """Share of an item that lies in a bin: a triangle of base 2, the outermost bins flat outside."""
        one = torch.ones_like(position)
        rising = position - (index - 1) if index > 0 else one
        falling = (index + 1) - position if index < self.bins - 1 else one
        return torch.minimum(rising, falling).clamp(min=0)
