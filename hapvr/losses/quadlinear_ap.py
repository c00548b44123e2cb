"""QuadLinear-AP over videos."""

from typing import Annotated

from pydantic import Field
from torch import Tensor

from hapvr.losses.quadlinear_surrogate import quadlinear_ap
from hapvr.losses.ranking import RankingLoss

Delta = Annotated[float, Field(gt=0, description="width of the quadratic part of R(x; δ)")]
Rho = Annotated[float, Field(ge=0, description="weight of wrongly ordered positives, ρ")]


class QuadLinearAP(RankingLoss):
    """1 − mean over queries of QuadLinear-AP; queries without relevant items weigh zero.

    AP = mean over positives i of rank⁺(i) / rank(i), where rank⁺(i) = 1 + ρ·(positives above i) and
    rank(i) = rank⁺(i) + Σ over negatives j of R(S[j] − S[i]; δ). A query's own entry counts as a positive.
    No gradient flows through rank⁺. n items cost n log n time and n memory per query.
    Source: HAP-VR (Liu et al. 2024)
    """

    def __init__(self, delta: Delta, rho: Rho) -> None:
        super().__init__()
        self.delta, self.rho = delta, rho

    def average_precision(self, similarity: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        average_precision, _ = quadlinear_ap(similarity, positive, negative, self.delta, self.rho)
        return average_precision
