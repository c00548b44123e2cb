"""What a retrieval method is, and how one is built or loaded."""

import inspect
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from safetensors.torch import load_file
from torch import Tensor, nn

from hapvr.methods import METHODS


class Method(Protocol):
    """What every method has; anything that compares videos works with it. A method is an `nn.Module` besides.

    A method may also have `fit(training: TrainingSet)`, which learns its weights, and `forward(batch)` as the
    similarity network has it, which lets losses train it.
    """

    def index(self, features: Tensor) -> Tensor:
        """Features [T, R, D] of a video → what is kept of it for comparison."""

    def similarity(self, query: Tensor, target: Tensor) -> Tensor:
        """Similarity of two indexed videos, a scalar."""


@dataclass(frozen=True)
class TrainingSet:
    """What a method may learn from.

    features: video id → [T, R, D], read when asked for. unlabelled: ids of the videos without labels. relevance: of the
    labelled core, query → label → video ids. seed: of whatever is random.
    """

    features: Mapping[str, np.ndarray]
    unlabelled: list[str]
    relevance: Mapping[str, Mapping[str, list[str]]]
    seed: int


def build(method: Mapping[str, Any], dims: int) -> nn.Module:
    """A fresh module for a method of params.yaml, its `name` and parameters, for features of `dims` dimensions."""
    arguments = {key: value for key, value in method.items() if key != "name"}
    kind = METHODS[method["name"]]
    if "dims" in inspect.signature(kind).parameters:
        arguments["dims"] = dims
    module: nn.Module = kind(**arguments)
    return module


def load_model(folder: Path, dims: int) -> nn.Module:
    """The trained or frozen model of a model folder: config.json and, if trained, weights.safetensors."""
    method = json.loads((folder / "config.json").read_text(encoding="utf-8"))["method"]
    model = build(method, dims)
    weights = folder / "weights.safetensors"
    if weights.exists():
        model.load_state_dict(load_file(weights))
    return model.eval().requires_grad_(False)
