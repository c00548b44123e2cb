"""What a retrieval method is, and how one is built or loaded."""

import inspect
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from hapvr.methods import METHODS
from hapvr.storage.files import whole, write_json


class Method(Protocol):
    """What every method has; anything that compares videos works with it. A method is an `nn.Module` besides.

    It may say more, each as an attribute of the class:

    engine: which of `hapvr/scoring/engines.py` scores it. "pair", if nothing is said: one pair of videos at a time.
        "vector", where `index` gives a vector [D] and similarity is the scalar product. "fixed", where it gives tensors
        of one shape, and `similarity` takes many queries, stacked, with one target. "frame_matrix": see there.
    forward(batch), as the similarity network has it: the losses of a run train it.
    objective(batch: Batch, **teachers) → name → term: the sum of the terms trains it, with the trained models of other
        runs that it asks for as teachers. `learns_from` says on what: "views", if nothing is said, P weak views, then P
        strong ones of the same videos; "core", P videos of the labelled core, a copy of each, then P distractors.
        `learning_rate`, if it has one, stands in the place of `train.learning_rate`.
    fit(training: TrainingSet): learns its weights by itself.
    retrieves = False: it has no `similarity`; its runs are trained and never scored.
    index_bytes_per_frame: what `index` holds for each frame of a video beside copies of its features, if that is much.
    frame_similarity(query, target): indexed videos of T and T' frames → [T, T'], for pictures.
    """

    def index(self, features: Tensor) -> Tensor:
        """Features [T, R, D] of a video → what is kept of it for comparison."""

    def similarity(self, query: Tensor, target: Tensor) -> Tensor:
        """Similarity of two indexed videos, a scalar."""


class FrameMatrix(Method, Protocol):
    """A method that refines a frame-to-frame matrix and pools it; its engine is "frame_matrix".

    `index` keeps frames and regions, [T, R, D], and works on each frame by itself: long videos are indexed in parts.
    With `index_whole = True` it sees a video as a whole, may give a row for several frames, and two copies of the
    longest video's features are counted for it, besides its `index_bytes_per_frame`.
    The matrix is TopK-Chamfer over regions at `region_top_rate`; the refined one is pooled at `frame_top_rate`. With
    `symmetric = True`, for which that rate has to be 0, the score is the mean of both directions: of the best target
    output of each query output, and of the best query output of each target output.
    compare_regions(query, target), if there is one: makes the matrix in its place, [R, T, ·] and [R, T', ·] → float32
    [T, T'], the query's gaps being zeros; `index` may then give whole numbers, of any last axis.
    stride: frames per row and column of the refined matrix. halo: frames before and after those of an output that it
    depends on, a multiple of the stride: long videos are compared in parts that overlap so far. bytes_per_frame_pair:
    what `refine` holds for each pair of frames. gap, 1 if nothing is said: outputs without a frame of any query that
    follow each of them.
    """

    region_top_rate: float
    frame_top_rate: float
    stride: int
    halo: int
    bytes_per_frame_pair: int

    def refine(self, frame_similarity: Tensor, real: Tensor) -> Tensor:
        """[N, T, T'] → [N, T // stride, T' // stride], the outputs of each query as if it were alone.

        The rows are several queries with zero rows between them, each from a multiple of the stride on and followed by
        `gap` outputs, at least, without a frame of any. real: bool [T], True for the rows of queries.
        """


@dataclass(frozen=True)
class TrainingSet:
    """What a method may learn from.

    features: video id → [T, R, D], read when asked for. unlabelled: ids of the videos without labels. relevance: of the
    labelled core, query → label → video ids. seed: of whatever is random. steps, window (frames), batch (clips): the
    budget that a training by losses has.
    """

    features: Mapping[str, np.ndarray]
    unlabelled: list[str]
    relevance: Mapping[str, Mapping[str, list[str]]]
    seed: int
    steps: int
    window: int
    batch: int


def build(method: Mapping[str, Any], dims: int) -> nn.Module:
    """A fresh module for a method of params.yaml, its `name` and parameters, for features of `dims` dimensions."""
    arguments = {key: value for key, value in method.items() if key != "name"}
    kind = METHODS[method["name"]]
    if "dims" in inspect.signature(kind).parameters:
        arguments["dims"] = dims
    module: nn.Module = kind(**arguments)
    return module


def save_model(folder: Path, model: nn.Module, *, config: Mapping[str, Any]) -> None:
    """Writes a model folder: weights.safetensors, and config.json, which has the method under `method`."""
    with whole(folder / "weights.safetensors") as temporary:
        save_file({name: tensor.cpu().contiguous() for name, tensor in model.state_dict().items()}, temporary)
    write_json(folder / "config.json", dict(config))


def load_model(folder: Path, dims: int) -> nn.Module:
    """The trained or frozen model of a model folder: config.json and, if it has weights, weights.safetensors.

    Raises FileNotFoundError where weights that the method needs are absent.
    """
    method = json.loads((folder / "config.json").read_text(encoding="utf-8"))["method"]
    model = build(method, dims)
    weights = folder / "weights.safetensors"
    if weights.exists():
        model.load_state_dict(load_file(weights))
    elif model.state_dict():
        raise FileNotFoundError(f"{weights}: no such file, but {method['name']} needs one; train the run first")
    return model.eval().requires_grad_(False)


@torch.inference_mode()
def frame_similarity_of(model: nn.Module, query: np.ndarray, target: np.ndarray) -> np.ndarray:
    """The frame-to-frame similarity that a method sees: features [T, R, D] and [T', R, D] → float32 [T, T'].

    For methods without `frame_similarity`: cosine similarity of the frames' mean region vectors.
    """
    frames, others = torch.from_numpy(query), torch.from_numpy(target)
    method: Any = model.cpu()
    if hasattr(method, "frame_similarity"):
        similarity = method.frame_similarity(method.index(frames), method.index(others))
    else:
        similarity = F.normalize(frames.mean(1), dim=-1) @ F.normalize(others.mean(1), dim=-1).T
    # Videos that are too short for the method may have been repeated.
    found: np.ndarray = similarity[: len(query), : len(target)].numpy()
    return found
