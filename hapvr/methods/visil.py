"""ViSiL, video similarity learning with labels."""

from collections.abc import Callable, Mapping
from typing import Annotated

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from hapvr.losses.range_penalty import RangePenalty
from hapvr.methods.pair_learning import LearningRate, Regularisation, choose_pairs, compare
from hapvr.methods.published_state import COMPARATOR, rename
from hapvr.methods.similarity_network import STRIDE, Comparator, FrameNetwork
from hapvr.similarity.topk_chamfer import topk_chamfer
from hapvr.topk import REGIONS
from hapvr.training.batches import Batch

Margin = Annotated[float, Field(ge=0, description="by how much a positive pair should exceed a negative one")]
Symmetric = Annotated[bool, Field(description="mean of both directions at both Chamfers; scored pair by pair")]


class DotAttention(nn.Module):
    """x · (u·x / 2 + ½) per region vector, x: [..., D], with u a unit vector.

    u is divided by its norm whenever it is used, as the paper has it; the released code means to, and does not.
    """

    def __init__(self, dims: int) -> None:
        super().__init__()
        self.context_vector = nn.Linear(dims, 1, bias=False)
        nn.init.normal_(self.context_vector.weight)

    def forward(self, features: Tensor) -> Tensor:
        weights = F.linear(features, F.normalize(self.context_vector.weight, dim=-1))
        return features * (weights / 2 + 0.5)


class ViSiL(FrameNetwork):
    """Attention by scalar product, Chamfer over regions, CNN padded by replication, Chamfer over frames.

    Learns from triplets of the labelled core: each anchor, its positive, and the video of the batch, distractors
    included, that is most similar to the anchor among the negatives (`hardest_negatives`; the paper mines triplets from
    all of VCDB beforehand). Loss: mean of max(0, S⁻ − S⁺ + margin) over triplets, and per triplet `regularisation`
    times the sum of what the CNN gives outside of [-1, 1]. The released code has the losses, but no script with values
    for them; the paper preset has margin 0.5, regularisation 0.1 and learning rate 1e-5, not checked against a source.

    First weights of the CNN are Xavier-uniform, u is random, both drawn from torch's global generator. Videos shorter
    than 4 frames are repeated. Long ones are compared as a whole: the released evaluation cuts the target in pieces
    and takes the mean of their scores. Symmetric, the matrix has no engine of its own, and pairs are compared one by
    one.
    Source: ViSiL (Kordopatis-Zilos et al. 2019), sections 3.2 to 3.5.
    """

    engine = "frame_matrix"
    learns_from = "core"
    # Around a query there are rows for its own border and the next one's.
    gap = 2

    def __init__(
        self,
        dims: int,
        symmetric: Symmetric,
        *,
        margin: Margin,
        regularisation: Regularisation,
        learning_rate: LearningRate,
    ) -> None:
        super().__init__(0.0, 0.0, minimum_frames=STRIDE)
        self.symmetric = symmetric
        self.margin, self.regularisation, self.learning_rate = margin, regularisation, learning_rate
        self.attention = DotAttention(dims)
        self.comparator_module = Comparator("replicate")
        if symmetric:
            self.engine = "pair"
            # All region products, and the best ones of a direction.
            self.bytes_per_frame_pair += 4 * (REGIONS**2 + 2 * REGIONS)

    def encode(self, features: Tensor) -> Tensor:
        """Attended features."""
        attended: Tensor = self.attention(features)
        return attended

    def frame_similarity(self, query: Tensor, target: Tensor) -> Tensor:
        """Indexed [T, R, D] and [T', R, D] → [T, T']: Chamfer over the target's regions; symmetric, over both's."""
        pairs = torch.einsum("trd,usd->turs", query, target)
        return self._both_ways(topk_chamfer(pairs, 0), lambda: topk_chamfer(pairs.mT, 0))

    def frame_similarity_of_pairs(self, queries: Tensor, targets: Tensor) -> Tensor:
        """`frame_similarity` of each query and its own target, with gradients: encoded [B, T, R, D] → [B, T, T']."""
        forth = super().frame_similarity_of_pairs
        return self._both_ways(forth(queries, targets), lambda: forth(targets, queries).mT)

    def pool(self, refined: Tensor) -> Tensor:
        """Refined matrices [..., T/4, T'/4] → similarity [...]: Chamfer over the target's frames; or over both's."""
        return self._both_ways(topk_chamfer(refined, 0), lambda: topk_chamfer(refined.mT, 0))

    def objective(self, batch: Batch) -> dict[str, Tensor]:
        """Triplet loss and weighted range penalty of P anchors, P positives and the hardest negatives among them."""
        similarity, raw = compare(self, batch.features, choose_pairs(batch, parts=3))
        positive, negative = similarity.chunk(2)
        return {
            "triplet": triplet_loss(positive, negative, self.margin),
            "range_penalty": self.regularisation * RangePenalty()(raw) / len(positive),
        }

    def _both_ways(self, forth: Tensor, back: Callable[[], Tensor]) -> Tensor:
        return (forth + back()) / 2 if self.symmetric else forth


def triplet_loss(positive: Tensor, negative: Tensor, margin: float) -> Tensor:
    """Mean of max(0, S⁻ − S⁺ + margin) over triplets, those of no loss included; [P] each → scalar."""
    return (negative - positive + margin).clamp(min=0).mean()


def from_published(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights of the released code (PyTorch) under our names. Raises ValueError for other weights."""
    names = ["attention.context_vector.weight", *COMPARATOR]
    return rename(state, names, {"video_comperator.": "comparator_module."})
