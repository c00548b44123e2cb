"""InfoNCE over the relevant pairs of a batch."""

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from hapvr.losses.matrix import check_matrices, counted_mean, own_entry

Temperature = Annotated[float, Field(gt=0, description="temperature of the softmax")]


class InfoNCE(nn.Module):
    """Each positive against all negatives of its query: −log(e^{s⁺/t} / (e^{s⁺/t} + Σ e^{s⁻/t})).

    Negatives are the items that are not relevant to the query; the own entry takes no part. Mean over the positives of
    a query, then over the queries that have one. Source: HAP-VR (Liu et al. 2024); van den Oord et al. 2018.
    """

    def __init__(self, temperature: Temperature) -> None:
        super().__init__()
        self.temperature = temperature

    def forward(self, similarity: Tensor, relevance: Tensor) -> Tensor:
        """similarity, relevance: [query, item] → scalar. Raises ValueError for other shapes."""
        similarity, relevant = check_matrices(similarity, relevance)
        logits = similarity / self.temperature
        others = ~own_entry(logits)
        positive, negative = relevant & others, ~relevant & others
        # the lowest finite number: with −inf, a query without negatives would have a NaN gradient
        against = torch.where(negative, logits, torch.finfo(logits.dtype).min).logsumexp(-1, keepdim=True)
        loss = torch.where(positive, torch.logaddexp(against, logits) - logits, 0)
        count = positive.sum(-1)
        return counted_mean(loss.sum(-1) / count.clamp(min=1), count > 0)
