"""How well the views of held-out training videos find each other."""

import torch
from torch import nn

from hapvr.evaluation.average_precision import mean_average_precision
from hapvr.training.batches import Batch, BatchSource
from hapvr.training.options import Train
from hapvr.training.state import NumberFormat


@torch.no_grad()
def validate(network: nn.Module, batch: Batch, number_format: NumberFormat) -> float:
    """mAP of the network on a validation batch, with the similarity that training uses."""
    with number_format.autocast():
        _, similarity, _ = network(batch.features)
    return mean_average_precision(similarity.cpu().numpy(), batch.relevance.cpu().numpy())


def validation_batch(source: BatchSource, params: Train) -> Batch | None:
    """The held-out views. Raises ValueError where a choice hangs on validation and there is nothing to validate on."""
    batch = source.validation()
    chooses = params.keep == "best" or params.patience is not None
    if chooses and (batch is None or not (batch.relevance.sum(-1) > 1).any()):
        raise ValueError(
            f"train.keep: {params.keep} and train.patience: {params.patience} need held-out videos of two views or "
            f"more; train.validation_share: {params.validation_share} of the training videos holds out none: raise it"
        )
    return batch
