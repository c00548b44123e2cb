"""One step of a training."""

import math

import torch
from torch import Tensor

from hapvr.training.batches import Batch
from hapvr.training.choice import Row
from hapvr.training.objective import Objective
from hapvr.training.options import Train
from hapvr.training.outcome import gathered_outcome, own_outcome
from hapvr.training.processes import Processes
from hapvr.training.schedule import learning_rate
from hapvr.training.state import State


class NonFiniteLossError(ValueError):
    """A loss or gradient became NaN or infinite; the message names the step, the terms and the videos."""


def advance(state: State, batch: Batch, objective: Objective, *, params: Train, processes: Processes) -> Row:
    """Takes the next step with the batch of this process; gives its row of the log, still without validation.

    Losses and gradient are means over the processes. gradient_norm is NaN where the scale of float16 made the gradient
    infinite, and the step was left out. Raises NonFiniteLossError.
    """
    rate = learning_rate(len(state.rows), params)
    for group in state.optimiser.param_groups:
        group["lr"] = rate
    losses = backward(state, batch, objective, params=params, processes=processes)
    row = {"step": len(state.rows) + 1, "learning_rate": rate, **losses, "gradient_norm": _gradient_norm(state)}
    if not all(math.isfinite(value) for value in row.values()):
        if not (state.precision.may_skip and all(math.isfinite(value) for value in losses.values())):
            raise NonFiniteLossError(_explained(row, batch, processes))
        row["gradient_norm"] = math.nan
    state.precision.step(state.optimiser)
    return row


def backward(
    state: State, batch: Batch, objective: Objective, *, params: Train, processes: Processes
) -> dict[str, float]:
    """Leaves the scaled gradient of the total loss in the network's parameters; gives the total and its terms."""
    state.network.zero_grad(set_to_none=True)
    with state.precision.autocast():
        if params.gather and processes.count > 1:
            outcome = gathered_outcome(state.network, batch, processes)
        else:
            outcome = own_outcome(state.network, batch)
    total, terms = objective(outcome)
    state.precision.backward(total)
    processes.mean_gradients(state.network)
    values = processes.mean(torch.stack([total.detach(), *(value.detach() for value in terms.values())]))
    return dict(zip(["total", *terms], values.tolist(), strict=True))


def _gradient_norm(state: State) -> float:
    """Norm of the whole gradient, which loses its scale."""
    state.precision.scaler.unscale_(state.optimiser)
    gradients = [parameter.grad for parameter in state.network.parameters() if parameter.grad is not None]
    norm: Tensor = torch.nn.utils.get_total_norm(gradients)
    return norm.item()


def _explained(row: Row, batch: Batch, processes: Processes) -> str:
    values = ", ".join(f"{name} {value:g}" for name, value in row.items() if name != "step")
    videos = ", ".join(processes.names([name for view in batch.sources for name in view]))
    return (
        f"training stopped at step {row['step']}: a loss or gradient is not finite ({values}); "
        f"videos in the batch: {videos}. Lower train.learning_rate, or look at these videos' features"
    )
