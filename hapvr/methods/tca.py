"""Temporal context aggregation: a transformer over frames, trained against a memory bank."""

from collections.abc import Mapping
from copy import deepcopy
from typing import TYPE_CHECKING, Annotated, Any, Literal

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from hapvr.methods.encoder import FrameEncoder, frame_vectors
from hapvr.methods.published_state import rename
from hapvr.methods.unrefined import UnrefinedMatrix
from hapvr.similarity.topk_chamfer import topk_chamfer
from hapvr.similarity.vectors import scalar_product

if TYPE_CHECKING:
    from hapvr.training.batches import Batch

Similarity = Annotated[
    Literal["cosine", "chamfer", "symmetric"],
    Field(description="of video vectors (cosine), or of frame vectors: Chamfer, or the mean of both its directions"),
]
Heads = Annotated[int, Field(ge=1, description="attention heads; they divide the features' dims")]
Feedforward = Annotated[int, Field(ge=1, description="hidden units of a layer's feed-forward network")]
Layers = Annotated[int, Field(ge=1, description="transformer layers")]
Dropout = Annotated[float, Field(ge=0, lt=1, description="dropout in the transformer, in training")]
Queue = Annotated[int, Field(ge=1, description="video vectors of earlier batches that are kept as negatives")]
Momentum = Annotated[float, Field(ge=0, le=1, description="share that the key encoder keeps of itself at each step")]
Temperature = Annotated[float, Field(gt=0, description="temperature of the softmax")]
LearningRate = Annotated[float, Field(gt=0, description="in place of train.learning_rate")]

# What a training has beside the model itself.
MEMORY = ("key_encoder.", "queue", "oldest")


class TCA(UnrefinedMatrix):
    """Frames that have seen each other, pooled to one vector, or compared one by one.

    A frame is the unit vector of its mean region, where the paper has L3-iRMAC vectors. After the transformer, the
    frames' mean is the video's vector; both are made unit vectors. `similarity` says which are compared: "cosine" keeps
    one vector of a video, "chamfer" and "symmetric" one of each frame. Order of frames changes no similarity.

    Objective: momentum contrast (He et al. 2020) of video vectors, whatever `similarity` is used afterwards. Anchors
    and positives are copies of the labelled core, `queue` keys of earlier batches' distractors the negatives; those of
    the batch enter the queue after the step. The published Circle loss, NetVLAD, comparator CNN and Euclidean
    similarity are left out. Published: one layer, 8 heads, 2048 hidden units.
    Source: Shao et al. 2021, Temporal Context Aggregation for Video Retrieval with Contrastive Learning, section 3.
    """

    learns_from = "core"
    region_top_rate = 0.0
    frame_top_rate = 0.0
    index_whole = True
    queue: Tensor
    oldest: Tensor

    def __init__(
        self,
        dims: int,
        similarity: Similarity,
        *,
        heads: Heads,
        feedforward: Feedforward,
        layers: Layers,
        dropout: Dropout,
        queue: Queue,
        momentum: Momentum,
        temperature: Temperature,
        learning_rate: LearningRate,
    ) -> None:
        super().__init__()
        self.learning_rate = learning_rate
        self.cosine = similarity == "cosine"
        if self.cosine:
            self.engine = "vector"
        self.symmetric = similarity == "symmetric"
        self.momentum, self.temperature = momentum, temperature
        self.encoder = FrameEncoder(dims, heads=heads, feedforward=feedforward, layers=layers, dropout=dropout)
        self.index_bytes_per_frame = self.encoder.bytes_per_frame
        self.key_encoder = deepcopy(self.encoder).requires_grad_(False)
        self.register_buffer("queue", F.normalize(torch.randn(queue, dims), dim=1))
        self.register_buffer("oldest", torch.zeros((), dtype=torch.int64))
        self.register_load_state_dict_pre_hook(_without_memory)
        if not self.cosine:
            self.frame_similarity = _frame_similarity

    def index(self, features: Tensor) -> Tensor:
        """Features [T, R, D] → unit vector [D] for cosine similarity, else of each frame, [T, 1, D]."""
        frames = frame_vectors(features)
        if self.cosine:
            return video_vectors(self.encoder, frames)
        return F.normalize(self.encoder(frames), dim=-1).unsqueeze(1)

    def similarity(self, query: Tensor, target: Tensor) -> Tensor:
        """Similarity of two indexed videos, [D] each, or [T, 1, D] and [T', 1, D]."""
        if self.cosine:
            return scalar_product(query, target)
        frames = _frame_similarity(query, target)
        forth = topk_chamfer(frames, self.frame_top_rate)
        return (forth + topk_chamfer(frames.T, self.frame_top_rate)) / 2 if self.symmetric else forth

    def objective(self, batch: "Batch") -> dict[str, Tensor]:
        """Cross-entropy of each anchor's own positive against the queue; in training, the memory goes on."""
        anchors, positives, distractors = frame_vectors(batch.features).chunk(3)
        if self.training:
            follow(self.key_encoder, self.encoder, self.momentum)
        with torch.no_grad():
            keys, negatives = (video_vectors(self.key_encoder, part) for part in (positives, distractors))
        logits = memory_logits(video_vectors(self.encoder, anchors), keys, self.queue, self.temperature)
        if self.training:
            self.remember(negatives)
        return {"memory_infonce": F.cross_entropy(logits, logits.new_zeros(len(logits), dtype=torch.int64))}

    @torch.no_grad()
    def remember(self, keys: Tensor) -> None:
        """Puts keys [P, D] in the place of the oldest of the queue; of more than it holds, the last ones."""
        keys = keys[-len(self.queue) :]
        places = (self.oldest + torch.arange(len(keys), device=keys.device)) % len(self.queue)
        # The logits of this step keep the queue as it was for their gradient.
        queue = self.queue.clone()
        queue[places] = keys.to(queue.dtype)
        self.queue, self.oldest = queue, (self.oldest + len(keys)) % len(self.queue)


def video_vectors(encoder: nn.Module, frames: Tensor) -> Tensor:
    """Frames [..., T, D] → unit vectors [..., D]: the mean of the frames after the transformer."""
    return F.normalize(encoder(frames).mean(-2), dim=-1)


@torch.no_grad()
def follow(keys: nn.Module, queries: nn.Module, momentum: float) -> None:
    """Key weights become momentum · themselves + (1 − momentum) · those of the query encoder (MoCo, equation 2)."""
    for ours, theirs in zip(keys.parameters(), queries.parameters(), strict=True):
        ours.mul_(momentum).add_(theirs, alpha=1 - momentum)


def memory_logits(anchors: Tensor, keys: Tensor, queue: Tensor, temperature: float) -> Tensor:
    """Unit vectors [P, D], [P, D] and [K, D] → [P, 1 + K]: each anchor with its own key, then with the queue."""
    own = (anchors * keys).sum(1, keepdim=True)
    return torch.cat([own, anchors @ queue.T], 1) / temperature


def from_published(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Published weights under our names; the key encoder and the queue, which only training has, are not among them.

    Raises ValueError, naming them, for keys that are missing or no part of a transformer.
    """
    layers = {name.split(".")[2] for name in state if name.startswith("transformer_encoder.layers.")} or {"0"}
    parts = [name for name, _ in nn.TransformerEncoderLayer(1, 1, 1).named_parameters()]
    names = [f"encoder.layers.{layer}.{part}" for layer in layers for part in parts]
    return rename(state, names, {"transformer_encoder.": "encoder."})


def _frame_similarity(query: Tensor, target: Tensor) -> Tensor:
    """Indexed [T, 1, D] and [T', 1, D] → [T, T']."""
    return query[:, 0] @ target[:, 0].T


def _without_memory(module: nn.Module, state: dict[str, Tensor], prefix: str, *_: Any) -> None:
    """Weights from elsewhere come without a memory: it stays what it was, with the key encoder as the encoder is."""
    own = {name for name in module.state_dict() if name.startswith(MEMORY)}
    if any(prefix + name in state for name in own):
        return
    for name in own:
        source = prefix + name.replace("key_encoder.", "encoder.", 1)
        if source in state:
            state[prefix + name] = state[source]
        elif not name.startswith("key_encoder."):
            state[prefix + name] = module.state_dict()[name]
