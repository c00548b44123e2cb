"""The one training loop, for every run."""

import math
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass

import torch
from torch import nn

from hapvr.training.advance import NonFiniteLossError, advance
from hapvr.training.batches import Batch, BatchSource
from hapvr.training.checkpoint import Checkpoint
from hapvr.training.choice import Row, best_row, finished
from hapvr.training.number_format import Precision
from hapvr.training.objective import Objective
from hapvr.training.options import Train
from hapvr.training.prefetch import prefetched
from hapvr.training.processes import Processes
from hapvr.training.state import State
from hapvr.training.validation import validate, validation_batch

__all__ = ["NonFiniteLossError", "Row", "Step", "fit"]


@dataclass(frozen=True)
class Step:
    """A finished step.

    row: what is logged of it, the same for the same seed. seconds: how long the step took, waited_s of them for its
    batch; both None for a step that was read back from a checkpoint.
    """

    row: Row
    seconds: float | None
    waited_s: float | None


def fit(
    network: nn.Module,
    source: BatchSource,
    objective: Objective,
    params: Train,
    *,
    processes: Processes | None = None,
    checkpoint: Checkpoint | None = None,
) -> Iterator[Step]:
    """Trains the network in place, one step each time the next one is asked for.

    A row of the log holds step (from 1), learning_rate, total, every term without its weight, gradient_norm and
    validation_mAP (NaN where no validation was due). With `keep: best` the network ends with the weights of the best
    validation. processes: those that train together; if not given, those that a launcher started. checkpoint: where
    to go on and what to keep; the steps before it come first, without times.
    Raises NonFiniteLossError, and ValueError where `keep` or `patience` find no held-out videos.
    """
    processes = processes or Processes.join()
    state = _first_state(network.to(processes.device), params, processes)
    held_out = validation_batch(source, params)
    if held_out is not None and processes.main:
        held_out = held_out.to(processes.device)
    if checkpoint is not None:
        checkpoint.restore(state)
    yield from [Step(row, None, None) for row in state.rows]
    for batch, waited_s, start in _batches(source, state, params, processes):
        row = advance(state, batch, objective, params=params, processes=processes)
        row["validation_mAP"] = _validation_map(state, row, held_out, params=params, processes=processes)
        state.rows.append(row)
        if params.keep == "best" and best_row(state.rows) is row:
            state.remember_best()
        if checkpoint is not None and len(state.rows) % params.checkpoint_every == 0:
            checkpoint.save(state)
        yield Step(row, time.perf_counter() - start, waited_s)
    if state.best:
        network.load_state_dict(state.best)


def _first_state(network: nn.Module, params: Train, processes: Processes) -> State:
    optimiser = torch.optim.AdamW(
        network.parameters(), lr=params.learning_rate, weight_decay=params.weight_decay, foreach=True
    )
    return State(network, optimiser, Precision(params.precision, processes.device))


def _batches(
    source: BatchSource, state: State, params: Train, processes: Processes
) -> Generator[tuple[Batch, float, float]]:
    """Batches of this process until the training is finished, with seconds waited and the clock before waiting."""
    if finished(state.rows, params):
        return
    steps = range(len(state.rows), params.steps)
    numbers = [step * processes.count + processes.number for step in steps]
    start = time.perf_counter()
    with closing(prefetched(source, numbers)) as batches:
        for batch, waited_s in batches:
            yield batch.to(processes.device), waited_s, start
            if finished(state.rows, params):
                return
            start = time.perf_counter()


def _validation_map(state: State, row: Row, held_out: Batch | None, *, params: Train, processes: Processes) -> float:
    """mAP on the held-out views, by the main process for all; NaN if there are none, or if it is not due."""
    due = row["step"] % params.validation_every == 0 or row["step"] == params.steps
    if held_out is None or not due:
        return math.nan
    # Every process has to choose alike, and two of them need not agree in the last bit.
    value = validate(state.network, held_out, state.precision) if processes.main else math.nan
    return float(processes.from_main(repr(value).encode()))
