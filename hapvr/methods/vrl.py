"""Clip vectors learned from unlabelled videos."""

from typing import TYPE_CHECKING, Annotated

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from hapvr.losses.infonce import InfoNCE
from hapvr.methods.encoder import FrameEncoder, frame_vectors
from hapvr.methods.unrefined import UnrefinedMatrix
from hapvr.similarity.topk_chamfer import topk_chamfer

if TYPE_CHECKING:
    from hapvr.training.batches import Batch

Clip = Annotated[int, Field(ge=1, description="frames of a clip")]
Missing = Annotated[float, Field(ge=0, lt=1, description="share of frames that a clip is without, in training")]
Heads = Annotated[int, Field(ge=1, description="attention heads; they divide the features' dims")]
Feedforward = Annotated[int, Field(ge=1, description="hidden units of a layer's feed-forward network")]
Layers = Annotated[int, Field(ge=1, description="transformer layers")]
Dropout = Annotated[float, Field(ge=0, lt=1, description="dropout in the transformer, in training")]
Temperature = Annotated[float, Field(gt=0, description="temperature of the softmax")]
LearningRate = Annotated[float, Field(gt=0, description="in place of train.learning_rate")]


class VRL(UnrefinedMatrix):
    """A transformer over the frames of each clip, one vector per clip, Chamfer similarity over clips.

    A frame is the unit vector of its mean region; a video is cut into clips of `clip` frames, the last one as long as
    what is left. A clip's vector is the mean of its frames after the transformer, as a unit vector. There are no
    positions, and in training frames are missing at random: the paper claims that neither order nor loss of frames
    within a clip matters. Order within a clip changes nothing, and neither does the order of whole clips.

    Objective: InfoNCE over Chamfer similarities of the views in a batch; negatives are the views of other sources.
    No code is released. What the paper's abstract says is followed: contrastive learning of unlabelled videos, frames
    to clips by a transformer, permutation and missing frames. Pooling, number of layers, the share of missing frames
    and the loss's similarity are ours; the paper trains its frame features too, here they are those of every method.
    Source: He et al. 2022, Learn from Unlabeled Videos for Near-duplicate Video Retrieval (SIGIR).
    """

    learns_from = "views"
    region_top_rate = 0.0
    frame_top_rate = 0.0
    # Clips are counted from the first frame of a video.
    index_whole = True

    def __init__(
        self,
        dims: int,
        clip: Clip,
        *,
        missing: Missing,
        heads: Heads,
        feedforward: Feedforward,
        layers: Layers,
        dropout: Dropout,
        temperature: Temperature,
        learning_rate: LearningRate,
    ) -> None:
        super().__init__()
        self.learning_rate = learning_rate
        self.clip, self.missing = clip, missing
        self.encoder = FrameEncoder(dims, heads=heads, feedforward=feedforward, layers=layers, dropout=dropout)
        # Every frame of a clip attends to every other one, in each head.
        self.index_bytes_per_frame = self.encoder.bytes_per_frame + 2 * 4 * heads * clip
        self.infonce = InfoNCE(temperature)

    def index(self, features: Tensor) -> Tensor:
        """Features [T, R, D] → a unit vector per clip, [C, 1, D]."""
        return self.clip_vectors(frame_vectors(features).unsqueeze(0))[0].unsqueeze(1)

    def clip_vectors(self, frames: Tensor) -> Tensor:
        """Frames of videos of one length, [N, T, D] → unit vectors of their clips, [N, C, D]; the last may be short."""
        videos, length, _ = frames.shape
        count = -(-length // self.clip)
        clips = F.pad(frames, (0, 0, 0, count * self.clip - length)).view(videos * count, self.clip, -1)
        absent = torch.arange(count * self.clip, device=frames.device) >= length
        absent = absent.view(count, self.clip).repeat(videos, 1)
        if self.training and self.missing:
            absent = self._with_missing(absent)
        weights = (~absent).to(frames.dtype) / (~absent).sum(1, keepdim=True)
        # Not a product with the weights: what a layer gives for absent frames need not be finite.
        encoded = self.encoder(clips, absent).masked_fill(absent.unsqueeze(2), 0)
        pooled = (encoded * weights.unsqueeze(2)).sum(1)
        return F.normalize(pooled, dim=-1).view(videos, count, -1)

    def frame_similarity(self, query: Tensor, target: Tensor) -> Tensor:
        """Indexed [C, 1, D] and [C', 1, D] → what the clips of T and T' frames have in common, [T, T'] at least."""
        clips = query[:, 0] @ target[:, 0].T
        return clips.repeat_interleave(self.clip, 0).repeat_interleave(self.clip, 1)

    def similarity(self, query: Tensor, target: Tensor) -> Tensor:
        """Chamfer similarity of two indexed videos, [C, 1, D] and [C', 1, D]: over the target's clips."""
        return topk_chamfer(query[:, 0] @ target[:, 0].T, self.frame_top_rate)

    def objective(self, batch: "Batch") -> dict[str, Tensor]:
        """InfoNCE of every view against all others of the batch."""
        clips = self.clip_vectors(frame_vectors(batch.features))
        pairs = torch.einsum("qcd,ned->qnce", clips, clips)
        return {"infonce": self.infonce(topk_chamfer(pairs, self.frame_top_rate), batch.relevance)}

    def _with_missing(self, absent: Tensor) -> Tensor:
        """Of the frames of each clip, [clips, clip], a random share is absent besides, but never all of them."""
        drawn = torch.rand(absent.shape, device=absent.device).masked_fill(absent, -1)
        kept = drawn.argmax(1, keepdim=True)
        return (absent | (drawn < self.missing)).scatter(1, kept, False)
