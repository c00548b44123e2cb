"""DnS's selector: which pairs of videos are worth the fine comparison."""

from collections.abc import Mapping
from typing import Annotated

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from hapvr.methods.dns_coarse import DnSCoarse
from hapvr.methods.pair_learning import LearningRate, choose_pairs, compare
from hapvr.methods.published_state import rename
from hapvr.methods.similarity_network import STRIDE, Attention, Comparator, FrameNetwork
from hapvr.scoring.strips import CHUNK, cut_into_spans
from hapvr.training.batches import Batch

Threshold = Annotated[float, Field(gt=0, description="a pair is worth it if coarse and fine similarity differ by more")]
Hidden = Annotated[int, Field(ge=1, description="hidden units of both layers of the perceptron")]
Dropout = Annotated[float, Field(ge=0, lt=1, description="dropout in the perceptron, in training")]


class DnSSelector(nn.Module):
    """How sure one can be that the coarse similarity of two videos is wrong, in [0, 1]. It retrieves nothing by itself.

    Of each video one number is kept: the mean of a CNN on its own frame-to-frame matrix, the mean over all region pairs
    of attended features. A perceptron takes those of both videos and their coarse similarity. Learns by binary
    cross-entropy whether |(fine/2 + ½) − coarse| exceeds `threshold`, over the pairs of a batch that the students learn
    from. Released script: threshold 0.2, 100 hidden units, dropout ½, learning rate 1e-4, and as many pairs of either
    label, where here a batch's pairs are taken as they are.
    Source: DnS (Kordopatis-Zilos et al. 2022), sections 3.3 and 3.4.
    """

    learns_from = "views"
    retrieves = False

    def __init__(
        self,
        dims: int,
        hidden: Hidden,
        dropout: Dropout,
        *,
        threshold: Threshold,
        learning_rate: LearningRate,
    ) -> None:
        super().__init__()
        self.threshold, self.learning_rate = threshold, learning_rate
        self.attention = Attention(dims)
        self.comparator_module = Comparator()
        self.perceptron = nn.Sequential(
            nn.Linear(3, hidden, bias=False),
            nn.BatchNorm1d(hidden),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, hidden, bias=False),
            nn.BatchNorm1d(hidden),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(hidden, 1),
        )

    def describe(self, features: Tensor) -> Tensor:
        """Features [N, T, R, D] → a number per video, [N]. Videos shorter than 4 frames are repeated."""
        frames = self._mean_regions(_long_enough(features))
        raw: Tensor = self.comparator_module((frames @ frames.mT).unsqueeze(1))
        return raw.mean((1, 2, 3))

    def index(self, features: Tensor) -> Tensor:
        """Features [T, R, D] → a number, a scalar: `describe`, of a long video in parts that overlap."""
        parts = _long_enough(features.unsqueeze(0)).split(CHUNK, 1)
        frames = torch.cat([self._mean_regions(part) for part in parts], 1)[0]
        spans = list(cut_into_spans(len(frames), stride=STRIDE, halo=2 * STRIDE))
        total = features.new_zeros((), dtype=torch.float64)
        for rows in spans:
            for columns in spans:
                matrix = frames[rows.start : rows.stop] @ frames[columns.start : columns.stop].T
                raw = self.comparator_module(matrix[None, None])[0, 0]
                kept = raw[rows.skip : rows.skip + rows.outputs, columns.skip : columns.skip + columns.outputs]
                total = total + kept.double().sum()
        return (total / (len(frames) // STRIDE) ** 2).float()

    def confidence(self, queries: Tensor, targets: Tensor, coarse: Tensor) -> Tensor:
        """Numbers of both videos and coarse similarity of each pair, [B] each → in [0, 1], [B]."""
        return self._logits(queries, targets, coarse).sigmoid()

    def objective(self, batch: Batch, coarse: DnSCoarse, fine: FrameNetwork) -> dict[str, Tensor]:
        """Binary cross-entropy; coarse and fine: the students whose difference is foretold."""
        pairs = choose_pairs(batch, parts=2)
        with torch.no_grad():
            vectors = coarse.embed(batch.features)
            near = (vectors[pairs[0]] * vectors[pairs[1]]).sum(-1)
            labels = self.labels(near, compare(fine, batch.features, pairs)[0])
        numbers = self.describe(batch.features)
        logits = self._logits(numbers[pairs[0]], numbers[pairs[1]], near)
        return {"cross_entropy": F.binary_cross_entropy_with_logits(logits, labels)}

    def labels(self, coarse: Tensor, fine: Tensor) -> Tensor:
        """1 where the fine similarity, taken to [0, 1], is further from the coarse one than `threshold`, else 0."""
        return ((fine / 2 + 0.5 - coarse).abs() > self.threshold).float()

    def _mean_regions(self, features: Tensor) -> Tensor:
        """Features [N, T, R, D] → the mean attended region of each frame, [N, T, D].

        The product of two of them is the mean over all pairs of regions of two frames.
        """
        frames: Tensor = self.attention(features).mean(-2)
        return frames

    def _logits(self, queries: Tensor, targets: Tensor, coarse: Tensor) -> Tensor:
        logits: Tensor = self.perceptron(torch.stack([queries, targets, coarse], -1))
        return logits.squeeze(-1)


def _long_enough(features: Tensor) -> Tensor:
    """Features [N, T, R, D] → [N, T', R, D], the whole video again until T' ≥ 4."""
    return features.repeat(1, -(-STRIDE // features.shape[1]), 1, 1)


def from_published(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights of the released code under our names. Raises ValueError for other weights."""
    with torch.device("meta"):
        names = list(DnSSelector(1, 1, 0.0, threshold=1.0, learning_rate=1.0).state_dict())
    counters = [name for name in names if name.endswith("num_batches_tracked")]
    of_counters = {name: torch.zeros((), dtype=torch.int64) for name in counters}
    known = {name: tensor for name, tensor in state.items() if not name.endswith("num_batches_tracked")}
    prefixes = {"visil_head.": "comparator_module.", "mlp.model.": "perceptron."}
    return rename(known, [name for name in names if name not in counters], prefixes) | of_counters
