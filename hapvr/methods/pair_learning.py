"""Learning from few pairs: each anchor of a batch, its positive and one hard negative."""

from typing import Annotated

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor

from hapvr.losses.range_penalty import RangePenalty
from hapvr.methods.similarity_network import FrameNetwork
from hapvr.training.batches import Batch

LearningRate = Annotated[float, Field(gt=0, description="peak of it, in place of train.learning_rate")]
Regularisation = Annotated[float, Field(ge=0, description="weight of the CNN's output outside of [-1, 1]")]


def choose_pairs(batch: Batch, *, parts: int) -> tuple[Tensor, Tensor]:
    """Places of the first and of the second video of 2P pairs in a batch of P anchors and then their positives.

    First (anchor, positive) of every anchor, then (anchor, hardest negative). parts: 2 for a batch of views, 3 for one
    of the labelled core, where P distractors follow.
    """
    anchors = torch.arange(len(batch.features) // parts, device=batch.features.device)
    negatives = hardest_negatives(batch.features, batch.relevance[: len(anchors)])
    return torch.cat([anchors, anchors]), torch.cat([anchors + len(anchors), negatives])


@torch.no_grad()
def hardest_negatives(features: Tensor, relevance: Tensor) -> Tensor:
    """For each of the first P videos the most similar one that is not relevant to it, [P].

    features: [N, T, R, D]; relevance: [P, N]. Similarity is Chamfer over the frames' mean region vectors, as the
    features have them: R² times cheaper than over regions, and the same in every step.
    Raises ValueError where everything is relevant.
    """
    relevant = relevance > 0
    if (everything := relevant.all(-1)).any():
        raise ValueError(
            f"no negative in the batch for anchor {int(everything.nonzero()[0, 0])}: all {len(features)} videos are "
            "relevant to it; raise train.pairs"
        )
    frames = F.normalize(features.mean(2), dim=-1)
    videos, length, _ = frames.shape
    of_frames = frames[: len(relevance)].flatten(0, 1) @ frames.flatten(0, 1).T
    similarity = of_frames.view(-1, length, videos, length).amax(-1).mean(1)
    return similarity.masked_fill(relevant, -torch.inf).argmax(-1)


def compare(network: FrameNetwork, features: Tensor, pairs: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """Similarity [B] of the pairs of a batch [N, T, R, D], and the raw output of the CNN, [B, T/4, T/4]."""
    encoded = network.encode(network.repeat(features))
    return network.compare_pairs(*(encoded.index_select(0, places) for places in pairs))


def distil(student: FrameNetwork, teacher: FrameNetwork, batch: Batch, *, regularisation: float) -> dict[str, Tensor]:
    """Mean |student − teacher| over the pairs of a batch, and the weighted range penalty, summed over all of them.

    Source: DnS (Kordopatis-Zilos et al. 2022), section 3.4.
    """
    pairs = choose_pairs(batch, parts=2)
    similarity, raw = compare(student, batch.features, pairs)
    with torch.no_grad():
        wanted, _ = compare(teacher, batch.features, pairs)
    return {
        "distillation": (similarity - wanted).abs().mean(),
        "range_penalty": regularisation * RangePenalty()(raw),
    }
