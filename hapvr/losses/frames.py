"""A ranking loss over the frames of each relevant pair of videos."""

from typing import ClassVar

import torch
from torch import Tensor, nn

from hapvr.losses.matrix import counted_mean, widen
from hapvr.losses.ranking import RankingLoss


class FrameLevel(nn.Module):
    """1 − mean of AP over the frames of the first video, then over the ordered pairs of relevant videos.

    Each frame of the first video ranks the frames of the second by `ranking.average_precision`. Frames without
    positives, and pairs without such frames, weigh zero. Positives and negatives come from `pseudo_labels`.
    Source: HAP-VR (Liu et al. 2024)
    """

    level: ClassVar[str] = "frame"

    def __init__(self, ranking: RankingLoss) -> None:
        super().__init__()
        self.ranking = ranking

    def forward(self, frame_similarity: Tensor, positive: Tensor, negative: Tensor, relevance: Tensor) -> Tensor:
        """frame_similarity, positive, negative: [N, N, T, T]; relevance: [N, N] → scalar.

        positive, negative: True (or 1) where a frame is a positive or negative of another; the rest takes no part.
        Raises ValueError for other shapes.
        """
        _check(frame_similarity, positive, negative, relevance)
        relevant = (relevance > 0).flatten()
        pairs = relevant_pairs(relevant)

        def of_pairs(values: Tensor) -> Tensor:
            return values.flatten(0, 1).index_select(0, pairs)

        ranked, counts, against = of_pairs(frame_similarity), of_pairs(positive) > 0, of_pairs(negative) > 0
        counts = counts & relevant.index_select(0, pairs)[:, None, None]
        average_precision = self.ranking.average_precision(
            widen(ranked).flatten(0, 1), counts.flatten(0, 1), against.flatten(0, 1)
        ).reshape(ranked.shape[:2])
        frames = counts.any(-1)
        loss = torch.where(frames, 1 - average_precision, 0).sum(-1) / frames.sum(-1).clamp(min=1)
        return counted_mean(loss, frames.any(-1))


@torch.library.custom_op("hapvr::relevant_pairs", mutates_args=())
def relevant_pairs(relevant: Tensor) -> Tensor:
    """Indices, int64 [pairs], that hold every relevant pair (bool [N·N]).

    On a GPU that is all of them: their number would have to travel to the host, which would wait for it.
    """
    return (
        relevant.nonzero().squeeze(-1)
        if relevant.device.type == "cpu"
        else torch.arange(len(relevant), device=relevant.device)
    )


@relevant_pairs.register_fake
def _(relevant: Tensor) -> Tensor:
    pairs = torch.library.get_ctx().new_dynamic_size() if relevant.device.type == "cpu" else relevant.shape[0]
    return relevant.new_empty(pairs, dtype=torch.int64)


def _check(frame_similarity: Tensor, positive: Tensor, negative: Tensor, relevance: Tensor) -> None:
    shape = frame_similarity.shape
    if len(shape) != 4 or positive.shape != shape or negative.shape != shape or relevance.shape != shape[:2]:
        raise ValueError(
            "expected frame_similarity, positive and negative of one shape [N, N, T, T] and relevance [N, N], found "
            f"frame_similarity {list(shape)}, positive {list(positive.shape)}, negative {list(negative.shape)}, "
            f"relevance {list(relevance.shape)}"
        )
