"""DnS's fine student with binary codes."""

import math
from collections.abc import Mapping
from typing import Annotated

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from hapvr.methods.pair_learning import LearningRate, Regularisation, distil
from hapvr.methods.published_state import COMPARATOR, rename
from hapvr.methods.similarity_network import STRIDE, Comparator, FrameNetwork
from hapvr.similarity.packed_bits import best_products, pack
from hapvr.similarity.region_similarity import region_major
from hapvr.training.batches import Batch

Bits = Annotated[int, Field(gt=0, multiple_of=8, description="of a region's code")]
Sigma = Annotated[float, Field(gt=0, description="variance of erf(v / √(2σ)), in place of the sign while training")]


class DnSBin(FrameNetwork):
    """A bit for each projection of a region vector, Chamfer of scalar products ±1 / bits, the similarity network's CNN.

    The codes are sign(xᵀW) of unit x, +1 for 0 (the released code leaves 0 there); kept are their bits, eight in a
    byte. In training erf(v / √(2σ)) takes the sign's place (published: σ = 1e-6, of which hardly any gradient is left,
    and 512 bits). First W is a random orthogonal matrix (with more bits than dimensions its rows are orthogonal), drawn
    from torch's global generator; the published one is learned beforehand by ITQ. Learns as `DnSAtt`.
    Source: DnS (Kordopatis-Zilos et al. 2022), sections 3.2 and 3.4.
    """

    engine = "frame_matrix"
    learns_from = "views"

    def __init__(
        self,
        dims: int,
        bits: Bits,
        sigma: Sigma,
        *,
        regularisation: Regularisation,
        learning_rate: LearningRate,
    ) -> None:
        super().__init__(0.0, 0.0, minimum_frames=STRIDE)
        self.bits, self.sigma = bits, sigma
        self.regularisation, self.learning_rate = regularisation, learning_rate
        self.projection = nn.Parameter(torch.empty(dims, bits))
        nn.init.orthogonal_(self.projection)
        self.comparator_module = Comparator()

    def encode(self, features: Tensor) -> Tensor:
        """What training compares: soft signs [..., T, R, bits]."""
        return torch.erf(self.project(features) / math.sqrt(2 * self.sigma))

    def project(self, features: Tensor) -> Tensor:
        """Projections [..., T, R, bits] of the features' directions."""
        return F.normalize(features, dim=-1) @ self.projection

    def index(self, features: Tensor) -> Tensor:
        """What is kept of a video: features [T, R, D] → uint8 [T', R, bits / 8], T' ≥ 4."""
        return pack(self.project(self.repeat(features)) >= 0)

    def compare_regions(self, query: Tensor, target: Tensor) -> Tensor:
        """Chamfer over regions of ±1, not yet divided by the bits: [R, T, bits / 8] and [R, T', bits / 8] → [T, T']."""
        return best_products(query, target)

    def frame_similarity(self, query: Tensor, target: Tensor) -> Tensor:
        """Indexed [T, R, bits / 8] and [T', R, bits / 8] → [T, T']: Chamfer over the target's regions."""
        return self.compare_regions(region_major(query), region_major(target)) / self.bits

    def frame_similarity_of_pairs(self, queries: Tensor, targets: Tensor) -> Tensor:
        """`frame_similarity` of each query and its own target, with gradients: encoded [B, T, R, bits] → [B, T, T']."""
        return super().frame_similarity_of_pairs(queries, targets) / self.bits

    def refine(self, frame_similarity: Tensor, real: Tensor) -> Tensor:
        """As of other networks, of what `compare_regions` gives; zeros between queries are bits, too, and taken out."""
        return super().refine(frame_similarity * real[:, None] / self.bits, real)

    def objective(self, batch: Batch, fine: FrameNetwork) -> dict[str, Tensor]:
        """Distillation loss and weighted range penalty; fine: the teacher."""
        return distil(self, fine, batch, regularisation=self.regularisation)


def from_published(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights of the released code under our names. Raises ValueError for other weights."""
    names = ["projection", *COMPARATOR]
    return rename(state, names, {"visil_head.": "comparator_module.", "binarization.W": "projection"})
