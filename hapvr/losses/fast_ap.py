"""FastAP: Average Precision by soft binning of distances."""

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor

from hapvr.losses.ranking import RankingLoss

Bins = Annotated[int, Field(ge=1, description="bins of the squared distance 2 − 2·similarity, of all that can occur")]
Lowest = Annotated[
    float,
    Field(ge=-1, lt=1, description="lowest similarity that can occur: −1 of unit vectors, 0 of videos in training"),
]


class FastAP(RankingLoss):
    """1 − mean over queries of AP = Σ_bins h⁺·H⁺/H / N⁺, with histograms h and cumulated histograms H of 2 − 2·S.

    similarity in [`lowest`, 1], so that squared distances lie in [0, 2 − 2·`lowest`], cut by `bins` + 1 triangular
    bins; values outside fall out of the histogram. The paper has unit vectors, with cosines from −1 and distances to
    4; similarity of videos in training begins at 0, and would leave the farther half of those bins empty. The own
    entry takes no part; queries without another relevant item weigh zero.
    Source: Cakir et al. 2019 (Deep Metric Learning to Rank).
    """

    ranks_own_entry = False

    def __init__(self, bins: Bins, lowest: Lowest = -1.0) -> None:
        super().__init__()
        self.bins, self.lowest = bins, lowest

    def average_precision(self, similarity: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        distance = 2 - 2 * similarity
        width = (2 - 2 * self.lowest) / self.bins
        of_positives, of_negatives = [], []
        for index in range(self.bins + 1):  # one bin at a time: [query, item, bin] would not fit for large batches
            pulse = (1 - (distance - index * width).abs() / width).clamp(min=0)
            of_positives.append((pulse * positive).sum(-1))
            of_negatives.append((pulse * negative).sum(-1))
        histogram = torch.stack(of_positives, -1)
        positives = histogram.cumsum(-1)
        everything = positives + torch.stack(of_negatives, -1).cumsum(-1)
        filled = everything > 0
        precision = torch.where(filled, positives / torch.where(filled, everything, 1), 0)
        return (histogram * precision).sum(-1) / positive.sum(-1).clamp(min=1)
