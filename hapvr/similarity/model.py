"""The method of a run as a module, built from its configuration and weights."""

import json
from pathlib import Path
from typing import Any, Protocol

from safetensors.torch import load_file
from torch import Tensor, nn

from hapvr.similarity.frozen import Chamfer, MeanPool
from hapvr.similarity.network import SimilarityNetwork


class Method(Protocol):
    """What scoring needs of a method: region similarity → refine → TopK-Chamfer over frames."""

    stride: int
    """Frames per output of `refine`. Where it is over 1, `index` treats every frame by itself."""
    region_top_rate: float
    frame_top_rate: float

    def index(self, features: Tensor) -> Tensor:
        """Features [T, R, D] of a video → what is kept of it, [T', R', D]."""

    def refine(self, frame_similarity: Tensor, real: Tensor, /) -> Tensor:
        """[N, T, T'] → [N, T // stride, T' // stride]. real: bool [T], False for zero rows between queries."""


METHODS: dict[str, type[nn.Module]] = {
    "similarity_network": SimilarityNetwork,
    "chamfer": Chamfer,
    "mean_pool": MeanPool,
}


def build(method: dict[str, Any], dims: int) -> nn.Module:
    """A fresh module for a `method` of params.yaml, for features of `dims` dimensions."""
    arguments = {key: value for key, value in method.items() if key != "name"}
    if method["name"] == "similarity_network":
        return SimilarityNetwork(dims, **arguments)
    return METHODS[method["name"]](**arguments)


def load_model(folder: Path, dims: int) -> nn.Module:
    """The trained or frozen model of a model folder: config.json and, if trained, weights.safetensors."""
    method = json.loads((folder / "config.json").read_text(encoding="utf-8"))["method"]
    model = build(method, dims)
    weights = folder / "weights.safetensors"
    if weights.exists():
        model.load_state_dict(load_file(weights))
    return model.eval().requires_grad_(False)
