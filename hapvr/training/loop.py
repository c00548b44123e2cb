"""The one training loop, for every run."""

import math
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial

import torch
from torch import nn
from torch.nn.utils import convert_conv2d_weight_memory_format

from hapvr.lookahead import look_ahead
from hapvr.training.batches import Batch, BatchSource
from hapvr.training.checkpoint import Checkpoint
from hapvr.training.distributed import Processes
from hapvr.training.objective import Objective
from hapvr.training.options import Train
from hapvr.training.state import LogRow, NumberFormat, State, best_row, is_finished
from hapvr.training.step import train_step
from hapvr.training.validation import validate, validation_batch

# Batches made ahead of the step that runs: one's frames are read while the backbone is at another's.
AHEAD = 2


@dataclass(frozen=True)
class FinishedStep:
    """row: what is logged of it, the same for the same seed. seconds: how long the step took, waited_s of them for its
    batch; both None for a step that was read back from a checkpoint."""

    row: LogRow
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
) -> Iterator[FinishedStep]:
    """Trains the network in place, one step each time the next one is asked for.

    With `keep: best` the network ends with the weights of the best validation. processes: those that train together; if
    not given, those that a launcher started. checkpoint: where to go on and what to keep; the steps before it come
    first, without times.
    Raises NonFiniteLossError, and ValueError where `keep` or `patience` find no held-out videos.
    """
    processes = processes or Processes.join()
    # A method with a recipe of its own may have its own learning rate.
    params = params.model_copy(update={"learning_rate": getattr(network, "learning_rate", params.learning_rate)})
    # Convolutions over small maps of many channels take a quarter less time this way on a CPU.
    convert_conv2d_weight_memory_format(network.to(processes.device), torch.channels_last)
    state = _first_state(network, params, processes)
    held_out = validation_batch(source, params) if hasattr(network, "similarity") else None
    if held_out is not None and processes.main:
        held_out = held_out.to(processes.device)
    if checkpoint is not None:
        checkpoint.restore(state)
    yield from [FinishedStep(row, None, None) for row in state.rows]
    for batch, waited_s, start in _batches(source, state, params, processes):
        values = train_step(state, batch, objective, params=params, processes=processes)
        validation_map = _validation_map(state, held_out, params=params, processes=processes)
        row = state.add_row(values | {"validation_mAP": validation_map})
        if params.keep == "best" and best_row(state.rows) is row:
            state.remember_best()
        if checkpoint is not None and len(state.rows) % params.checkpoint_every == 0:
            checkpoint.save(state)
        yield FinishedStep(row, time.perf_counter() - start, waited_s)
    if state.best:
        network.load_state_dict(state.best)


def _first_state(network: nn.Module, params: Train, processes: Processes) -> State:
    optimiser = torch.optim.AdamW(
        [parameter for parameter in network.parameters() if parameter.requires_grad],
        lr=params.learning_rate,
        weight_decay=params.weight_decay,
        foreach=True,
    )
    return State(network, optimiser, NumberFormat(params.number_format, processes.device))


def _batches(
    source: BatchSource, state: State, params: Train, processes: Processes
) -> Generator[tuple[Batch, float, float]]:
    """Batches of this process until the training is finished, with seconds waited and the clock before waiting.

    Since a batch depends on its number alone, they are the same as without threads.
    """
    if is_finished(state.rows, params):
        return
    steps = range(len(state.rows), params.steps)
    work = (partial(source.batch, step * processes.count + processes.number) for step in steps)
    ahead = look_ahead(work, threads=AHEAD, in_line=AHEAD + 1, initializer=_take_device_of_this_thread())
    with closing(ahead) as batches:
        start = time.perf_counter()
        for batch in batches:
            waited_s = time.perf_counter() - start
            yield batch.to(processes.device), waited_s, start
            if is_finished(state.rows, params):
                return
            start = time.perf_counter()


def _take_device_of_this_thread() -> Callable[[], None] | None:
    """A new thread would take the first CUDA device, which belongs to another process if there are several."""
    return partial(torch.cuda.set_device, torch.cuda.current_device()) if torch.cuda.is_available() else None


def _validation_map(state: State, held_out: Batch | None, *, params: Train, processes: Processes) -> float:
    """mAP on the held-out views after this step, by the main process for all; NaN without any, or if it is not due."""
    step = len(state.rows) + 1
    if held_out is None or (step % params.validation_every and step != params.steps):
        return math.nan
    # Every process has to choose alike, and two of them need not agree in the last bit.
    value = validate(state.network, held_out, state.number_format) if processes.main else math.nan
    return float(processes.from_main(repr(value).encode()))
