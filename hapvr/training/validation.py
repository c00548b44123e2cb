"""How well the views of held-out training videos find each other."""

from typing import cast

import torch
from torch import Tensor, nn

from hapvr.evaluation.average_precision import mean_average_precision
from hapvr.methods.model import Method
from hapvr.training.batches import Batch, BatchSource
from hapvr.training.options import Train
from hapvr.training.state import NumberFormat


@torch.no_grad()
def validate(network: nn.Module, batch: Batch, number_format: NumberFormat) -> float:
    """mAP of the network on a validation batch, with the similarity that training uses.

    That of a method with an objective of its own is the one that it retrieves by.
    """
    with number_format.autocast():
        similarity = _retrieve(network, batch.features) if hasattr(network, "objective") else network(batch.features)[1]
    return mean_average_precision(similarity.cpu().numpy(), batch.relevance.cpu().numpy())


def _retrieve(network: nn.Module, videos: Tensor) -> Tensor:
    """Similarity [N, N] of videos [N, T, R, D], a pair at a time."""
    training, method = network.training, cast(Method, network.eval())
    indexed = [method.index(video) for video in videos]
    rows = [torch.stack([method.similarity(query, target) for target in indexed]) for query in indexed]
    network.train(training)
    return torch.stack(rows)


def validation_batch(source: BatchSource, params: Train) -> Batch | None:
    """The held-out views. Raises ValueError where a choice hangs on validation and there is nothing to validate on."""
    batch = source.validation()
    chooses = params.keep == "best" or params.patience is not None
    if chooses and (batch is None or not (batch.relevance.sum(-1) > 1).any()):
        raise ValueError(
            f"train.keep: {params.keep} and train.patience: {params.patience} need held-out videos of two views or "
            f"more; train.validation_share: {params.validation_share} of the training videos holds out none: raise it. "
            "A method that learns from the labelled core has none: put keep: last and patience: null"
        )
    return batch
