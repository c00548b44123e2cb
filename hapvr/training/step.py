"""One step of a training: what its losses are computed from, its gradient, and the change of the weights."""

import math

import torch
from torch import Tensor

from hapvr.training.batches import Batch
from hapvr.training.distributed import Processes
from hapvr.training.objective import Objective
from hapvr.training.options import Train
from hapvr.training.state import State


class NonFiniteLossError(ValueError):
    """A loss or gradient became NaN or infinite; the message names the step, the terms and the videos."""


def train_step(
    state: State, batch: Batch, objective: Objective, *, params: Train, processes: Processes
) -> dict[str, float]:
    """Takes the next step with the batch of this process; gives learning_rate, total, its terms and gradient_norm.

    Losses and gradient are means over the processes. gradient_norm is NaN where the scale of float16 made the gradient
    infinite, and the step was left out. Raises NonFiniteLossError.
    """
    rate = learning_rate(len(state.rows), params)
    for group in state.optimiser.param_groups:
        group["lr"] = rate
    losses = compute_gradient(state, batch, objective, params=params, processes=processes)
    values = {"learning_rate": rate, **losses, "gradient_norm": _unscaled_gradient_norm(state)}
    if not all(math.isfinite(value) for value in values.values()):
        if not (state.number_format.may_skip and all(math.isfinite(value) for value in losses.values())):
            raise NonFiniteLossError(_explain(len(state.rows) + 1, values, batch, processes))
        values["gradient_norm"] = math.nan
    state.number_format.step(state.optimiser)
    # A checkpoint has those of the main process, for all to go on from.
    processes.share_buffers(state.network)
    return values


def compute_gradient(
    state: State, batch: Batch, objective: Objective, *, params: Train, processes: Processes
) -> dict[str, float]:
    """Leaves the scaled gradient of the total loss in the network's parameters; gives the total and its terms."""
    state.network.zero_grad(set_to_none=True)
    total, terms = objective.compute(state, batch, gather=params.gather, processes=processes)
    state.number_format.backward(total)
    processes.mean_gradients(state.network)
    values = processes.mean(torch.stack([total.detach(), *(value.detach() for value in terms.values())]))
    return dict(zip(["total", *terms], values.tolist(), strict=True))


def learning_rate(step: int, params: Train) -> float:
    """Learning rate of a step, from 0: linear warm-up from `warmup_factor`, then cosine to `final_factor`.

    The peak is reached at step `warmup_steps`, the final value at the last step.
    """
    if step < params.warmup_steps:
        share = step / params.warmup_steps
        return params.learning_rate * (params.warmup_factor + (1 - params.warmup_factor) * share)
    progress = (step - params.warmup_steps) / max(params.steps - 1 - params.warmup_steps, 1)
    cosine = (1 + math.cos(math.pi * progress)) / 2
    return params.learning_rate * (params.final_factor + (1 - params.final_factor) * cosine)


def _unscaled_gradient_norm(state: State) -> float:
    """Norm of the whole gradient, which loses its scale."""
    state.number_format.scaler.unscale_(state.optimiser)
    gradients = [parameter.grad for parameter in state.network.parameters() if parameter.grad is not None]
    norm: Tensor = torch.nn.utils.get_total_norm(gradients)
    return norm.item()


def _explain(step: int, values: dict[str, float], batch: Batch, processes: Processes) -> str:
    listed = ", ".join(f"{name} {value:g}" for name, value in values.items())
    videos = ", ".join(processes.names([name for view in batch.sources for name in view]))
    return (
        f"training stopped at step {step}: a loss or gradient is not finite ({listed}); "
        f"videos in the batch: {videos}. Lower train.learning_rate, or look at these videos' features"
    )
