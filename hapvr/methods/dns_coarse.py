"""DnS's coarse student: one vector per video."""

from collections.abc import Mapping
from typing import Annotated

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from hapvr.methods.encoder import FLOAT32, FrameEncoder
from hapvr.methods.pair_learning import LearningRate, choose_pairs, compare
from hapvr.methods.published_state import rename
from hapvr.methods.similarity_network import Attention, FrameNetwork
from hapvr.similarity.vectors import scalar_product
from hapvr.training.batches import Batch

# Frames of a long video whose regions are attended to at a time: copies of them all would be most of what it takes.
PART = 512

Layers = Annotated[int, Field(ge=1, description="transformer layers")]
Heads = Annotated[int, Field(ge=1, description="attention heads; they divide the features' dims")]
Feedforward = Annotated[int, Field(ge=1, description="hidden units of a layer's feed-forward network")]
Clusters = Annotated[int, Field(ge=1, description="clusters of NetVLAD")]
Output = Annotated[int, Field(ge=1, description="dims of a video's vector")]
Dropout = Annotated[float, Field(ge=0, lt=1, description="dropout in the transformer, in training")]


class DnSCoarse(nn.Module):
    """Attention, sum over regions, a transformer over frames, NetVLAD: scalar products of video vectors.

    Learns by distillation: mean |s − (teacher/2 + ½)| over (weak view, strong view of the same video) and (weak view,
    most similar view of another video). Order of frames changes nothing. Released script: 1 layer, 8 heads, 2,048
    hidden units, 64 clusters, 1,024 dims, dropout 0.1, learning rate 1e-4.
    Source: DnS (Kordopatis-Zilos et al. 2022), sections 3.3 and 3.4.
    """

    engine = "vector"
    learns_from = "views"

    def __init__(
        self,
        dims: int,
        layers: Layers,
        heads: Heads,
        *,
        feedforward: Feedforward,
        clusters: Clusters,
        output: Output,
        dropout: Dropout,
        learning_rate: LearningRate,
    ) -> None:
        super().__init__()
        self.learning_rate = learning_rate
        self.attention = Attention(dims)
        self.transformer = FrameEncoder(dims, heads=heads, feedforward=feedforward, layers=layers, dropout=dropout)
        self.norm = nn.LayerNorm(dims)
        self.netvlad = NetVLAD(dims, clusters, output)
        self.index_bytes_per_frame = self.transformer.bytes_per_frame + 2 * FLOAT32 * clusters

    def embed(self, features: Tensor) -> Tensor:
        """Features [N, T, R, D] → unit vectors [N, output]."""
        frames = torch.cat([self.attention(part).sum(-2) for part in features.split(PART, 1)], 1)
        vectors: Tensor = self.netvlad(self.norm(self.transformer(F.normalize(frames, dim=-1))))
        return vectors

    def index(self, features: Tensor) -> Tensor:
        """Features [T, R, D] → unit vector [output]."""
        return self.embed(features.unsqueeze(0))[0]

    def similarity(self, query: Tensor, target: Tensor) -> Tensor:
        """Scalar product of two indexed videos, [output] each."""
        return scalar_product(query, target)

    def objective(self, batch: Batch, fine: FrameNetwork) -> dict[str, Tensor]:
        """Distillation loss; fine: the teacher, whose similarity in [-1, 1] is taken to [0, 1]."""
        pairs = choose_pairs(batch, parts=2)
        vectors = self.embed(batch.features)
        with torch.no_grad():
            wanted, _ = compare(fine, batch.features, pairs)
        similarity = (vectors[pairs[0]] * vectors[pairs[1]]).sum(-1)
        return {"distillation": (similarity - (wanted / 2 + 0.5)).abs().mean()}


class NetVLAD(nn.Module):
    """Residuals to cluster centres, by soft assignment, reduced to one unit vector (Arandjelović et al. 2016)."""

    def __init__(self, dims: int, clusters: int, output: int) -> None:
        super().__init__()
        self.centroids = nn.Parameter(torch.rand(clusters, dims))
        self.assignment = nn.Linear(dims, clusters, bias=False)
        with torch.no_grad():
            self.assignment.weight.copy_(self.centroids)
        self.reduction = nn.Linear(clusters * dims, output, bias=False)
        self.norm = nn.LayerNorm(output)

    def forward(self, frames: Tensor) -> Tensor:
        """Frames [N, T, D] → unit vectors [N, output]."""
        shares = self.assignment(frames).softmax(-1)
        residuals = shares.mT @ frames - shares.sum(-2).unsqueeze(-1) * self.centroids
        joined = F.normalize(F.normalize(residuals, dim=-1).flatten(-2), dim=-1)
        return F.normalize(self.norm(self.reduction(joined)), dim=-1)


def from_published(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights of the released code under our names. Raises ValueError for other weights."""
    layers = len({name.split(".")[2] for name in state if name.startswith("transformer.layers.")})
    with torch.device("meta"):
        model = DnSCoarse(1, layers, 1, feedforward=1, clusters=1, output=1, dropout=0.0, learning_rate=1.0)
    prefixes = {
        "transformer.norm.": "norm.",
        "netvlad.conv.": "netvlad.assignment.",
        "netvlad.reduction_layer.": "netvlad.reduction.",
    }
    renamed = rename(state, model.state_dict(), prefixes)
    renamed["netvlad.assignment.weight"] = renamed["netvlad.assignment.weight"].flatten(1)
    return renamed
