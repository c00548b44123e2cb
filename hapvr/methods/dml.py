"""Deep metric learning of one vector per video."""

from itertools import pairwise
from typing import TYPE_CHECKING, Annotated

import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from hapvr.losses.triplet import Triplet
from hapvr.similarity.vectors import scalar_product

if TYPE_CHECKING:
    from hapvr.training.batches import Batch

Width = Annotated[int, Field(ge=1)]
Hidden = Annotated[list[Width], Field(min_length=2, max_length=2, description="widths of the two hidden layers")]
Output = Annotated[int, Field(ge=1, description="dims of a video's vector")]
Margin = Annotated[float, Field(ge=0, description="by how much a negative should be farther, in squared distance")]
LearningRate = Annotated[float, Field(gt=0, description="in place of train.learning_rate")]


class DML(nn.Module):
    """A multilayer perceptron of three tanh layers over the mean of a video, trained by triplets of the labelled core.

    A vector is normalised by taking off the mean of its entries and dividing by its length. The frames of a video are
    normalised, their mean is normalised and goes through the layers; the length of what comes out is made 1. Released
    script: 2000, 1000 and 500 units, margin 1, learning rate 1e-6. First weights are Xavier-uniform and biases zero.

    Differences: the features are those of every other method, a frame is the mean of its regions, where the paper has
    the maxima of an AlexNet's or a GoogLeNet's layers. Similarity is the scalar product, which ranks as the Euclidean
    distance of the paper does (d² = 2 − 2s), without its division by the largest distance of a query. Triplets are
    those of the batch, where the paper mines them once, before training.
    Source: Kordopatis-Zilos et al. 2017, Near-Duplicate Video Retrieval with Deep Metric Learning, section 3.
    """

    engine = "vector"
    learns_from = "core"

    def __init__(
        self, dims: int, hidden: Hidden, output: Output, *, margin: Margin, learning_rate: LearningRate
    ) -> None:
        super().__init__()
        self.learning_rate = learning_rate
        widths = [dims, *hidden, output]
        self.layers = nn.ModuleList(nn.Linear(*pair) for pair in pairwise(widths))
        self.triplet = Triplet(margin)
        for name, parameter in self.layers.named_parameters():
            (nn.init.zeros_ if name.endswith("bias") else nn.init.xavier_uniform_)(parameter)

    def index(self, features: Tensor) -> Tensor:
        """Features [..., T, R, D] → unit vectors [..., output]."""
        vector = _normalised(_normalised(features.mean(-2)).mean(-2))
        for layer in self.layers:
            vector = layer(vector).tanh()
        return F.normalize(vector, dim=-1)

    def similarity(self, query: Tensor, target: Tensor) -> Tensor:
        """Scalar product of two indexed videos, [output] each."""
        return scalar_product(query, target)

    def objective(self, batch: "Batch") -> dict[str, Tensor]:
        """Triplet loss on squared Euclidean distances: mean of max(d⁺ − d⁻ + margin, 0) over the triplets above 0.

        Every video of the batch is an anchor, every other one of its group a positive, all else negatives.
        """
        vectors = self.index(batch.features)
        distance = 2 - 2 * vectors @ vectors.T
        return {"triplet": self.triplet(-distance, batch.relevance)}


def _normalised(vectors: Tensor) -> Tensor:
    return F.normalize(vectors - vectors.mean(-1, keepdim=True), dim=-1)
