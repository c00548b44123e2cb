"""The one training loop, for every run."""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from hapvr.params.train import Train
from hapvr.training.batches import Batch, BatchSource
from hapvr.training.objective import Objective, Outcome
from hapvr.training.prefetch import prefetched
from hapvr.training.schedule import learning_rate
from hapvr.training.validation import validate

Row = dict[str, float]


@dataclass(frozen=True)
class Step:
    """A finished step.

    row: what log.csv says of it, the same for the same seed. seconds: how long the step took, waited_s of them for its
    batch; both None for a step that was read back from a checkpoint.
    """

    row: Row
    seconds: float | None
    waited_s: float | None


class NonFiniteLossError(ArithmeticError):
    """A loss or gradient became NaN or infinite; the message names the step, the terms and the videos."""


def fit(network: nn.Module, source: BatchSource, objective: Objective, params: Train) -> Iterator[Step]:
    """Trains the network in place, one step each time the next one is asked for.

    A row of the log holds step (from 1), learning_rate, total, every term without its weight, gradient_norm and
    validation_mAP (NaN where no validation was due). Raises NonFiniteLossError.
    """
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=params.learning_rate, weight_decay=params.weight_decay, foreach=True
    )
    held_out = source.validation()
    batches = prefetched(source, range(params.steps))
    start = time.perf_counter()
    for step, (batch, waited_s) in enumerate(batches):
        for group in optimiser.param_groups:
            group["lr"] = learning_rate(step, params)
        row = {"step": step + 1, "learning_rate": learning_rate(step, params), **_gradients(network, batch, objective)}
        if not all(math.isfinite(value) for value in row.values()):
            raise NonFiniteLossError(_explained(row, batch))
        optimiser.step()
        due = (step + 1) % params.validation_every == 0 or step + 1 == params.steps
        row["validation_mAP"] = validate(network, held_out) if due and held_out is not None else math.nan
        yield Step(row, time.perf_counter() - start, waited_s)
        start = time.perf_counter()


def _gradients(network: nn.Module, batch: Batch, objective: Objective) -> Row:
    """Leaves the gradients of the total loss in the network's parameters; gives the losses and the gradients' norm."""
    network.zero_grad(set_to_none=True)
    frame_similarity, similarity, range_penalty = network(batch.features)
    total, terms = objective(
        Outcome(
            similarity=similarity,
            relevance=batch.relevance,
            frame_similarity=frame_similarity,
            teacher=batch.teacher,
            range_penalty=range_penalty,
        )
    )
    total.backward()
    gradients = [parameter.grad for parameter in network.parameters() if parameter.grad is not None]
    norm: Tensor = torch.nn.utils.get_total_norm(gradients)
    values = {name: value.item() for name, value in terms.items()}
    return {"total": total.item(), **values, "gradient_norm": norm.item()}


def _explained(row: Row, batch: Batch) -> str:
    values = ", ".join(f"{name} {value:g}" for name, value in row.items() if name != "step")
    videos = ", ".join(sorted({name for view in batch.sources for name in view}))
    return (
        f"training stopped at step {row['step']}: a loss or gradient is not finite ({values}); "
        f"videos in the batch: {videos}. Lower train.learning_rate, or look at these videos' features"
    )
