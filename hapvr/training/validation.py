"""How well the views of held-out training videos find each other."""

import torch
from torch import Tensor, nn

from hapvr.training.batches import Batch, BatchSource
from hapvr.training.number_format import Precision
from hapvr.training.options import Train


def mean_average_precision(similarity: Tensor, relevance: Tensor) -> float:
    """mAP in [0, 1] of N videos as queries to each other, a query itself left out, tied scores as one group.

    similarity, relevance: [N, N]. Queries without a relevant video are left out; NaN if there is no other.
    """
    others = ~torch.eye(len(similarity), dtype=torch.bool)
    average_precisions = []
    for scores, relevant, other in zip(similarity, relevance.bool(), others, strict=True):
        positives = scores[relevant & other]
        if len(positives):
            rank = (scores[other] >= positives[:, None]).sum(-1)
            average_precisions.append(((positives >= positives[:, None]).sum(-1) / rank).mean())
    return torch.stack(average_precisions).mean().item() if average_precisions else float("nan")


@torch.no_grad()
def validate(network: nn.Module, batch: Batch, precision: Precision) -> float:
    """mAP of the network on a validation batch, with the similarity that training uses."""
    with precision.autocast():
        _, similarity, _ = network(batch.features)
    return mean_average_precision(similarity.cpu(), batch.relevance.cpu())


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
