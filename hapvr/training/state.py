"""All that a training is between two steps: weights, optimiser, number format, and the log so far."""

import math
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.amp import GradScaler

from hapvr.training.options import Train

LogRow = dict[str, float]
"""One step as it is logged: step (from 1), learning_rate, total, every term without its weight, gradient_norm and
validation_mAP (NaN where no validation was due)."""


class NumberFormat:
    """Half precision in the network, float32 in weights, losses and optimiser; losses scaled up for float16.

    Without the scale small gradients would be zero in float16. A scale so large that a gradient is infinite is halved,
    and that step leaves the weights as they are.
    """

    def __init__(self, name: str, device: torch.device) -> None:
        self._name = name
        self._device = device.type
        self.scaler = GradScaler(self._device, enabled=name == "float16")

    def autocast(self) -> AbstractContextManager[None]:
        """For the network alone: losses stay outside."""
        dtype = None if self._name == "float32" else getattr(torch, self._name)
        return torch.autocast(self._device, dtype=dtype, enabled=dtype is not None)

    def backward(self, total: Tensor) -> None:
        """Leaves scaled gradients in the parameters."""
        self.scaler.scale(total).backward()

    @property
    def may_skip(self) -> bool:
        """Whether an infinite gradient may come from the scale, and not from the training."""
        return self.scaler.is_enabled() and self.scaler.get_scale() > 1

    def step(self, optimiser: torch.optim.Optimizer) -> None:
        """A step of the optimiser, on gradients that were unscaled; none if the scale made one infinite."""
        self.scaler.step(optimiser)
        self.scaler.update()


@dataclass
class State:
    """rows: the log so far, one per finished step, so their number is the position in schedule and data.

    best: copies of the weights of the best validation, if those are to be kept.
    """

    network: nn.Module
    optimiser: torch.optim.Optimizer
    number_format: NumberFormat
    rows: list[LogRow] = field(default_factory=list)
    best: dict[str, Tensor] = field(default_factory=dict)

    def add_row(self, values: dict[str, float]) -> LogRow:
        """Logs a finished step: its number and these values."""
        row = {"step": len(self.rows) + 1, **values}
        self.rows.append(row)
        return row

    def remember_best(self) -> None:
        """The weights of this moment are the best so far."""
        self.best = {name: tensor.clone() for name, tensor in self.network.state_dict().items()}

    def tensors(self) -> dict[str, Tensor]:
        """Weights, best weights and moments of the optimiser by name."""
        optimiser = self.optimiser.state_dict()["state"]
        return {
            **{f"network/{name}": tensor.contiguous() for name, tensor in self.network.state_dict().items()},
            **{f"best/{name}": tensor.contiguous() for name, tensor in self.best.items()},
            **{
                f"optimiser/{number}/{name}": value.contiguous()
                for number, of in optimiser.items()
                for name, value in of.items()
            },
        }

    def numbers(self) -> dict[str, Any]:
        """Everything else, as JSON."""
        rows = [{key: None if math.isnan(value) else value for key, value in row.items()} for row in self.rows]
        return {"rows": rows, "scaler": self.number_format.scaler.state_dict()}

    def load(self, tensors: dict[str, Tensor], numbers: dict[str, Any]) -> None:
        """Goes back to where `tensors` and `numbers` were taken."""
        self.network.load_state_dict(_select_under("network/", tensors))
        device = next(self.network.parameters()).device
        self.best = {name: tensor.to(device) for name, tensor in _select_under("best/", tensors).items()}
        moments: dict[int, dict[str, Tensor]] = {}
        for name, tensor in _select_under("optimiser/", tensors).items():
            number, key = name.split("/")
            moments.setdefault(int(number), {})[key] = tensor
        groups = self.optimiser.state_dict()["param_groups"]
        self.optimiser.load_state_dict({"state": moments, "param_groups": groups})
        self.number_format.scaler.load_state_dict(numbers["scaler"])
        self.rows = [
            {key: math.nan if value is None else value for key, value in row.items()} for row in numbers["rows"]
        ]


def best_row(rows: Sequence[LogRow]) -> LogRow | None:
    """The row of the best validation mAP, of several the earliest; None if nothing was validated yet."""
    return max(_select_validated(rows), key=lambda row: row["validation_mAP"], default=None)


def kept_step(rows: Sequence[LogRow], params: Train) -> int:
    """The step, from 1, whose weights are the result of a training with this log."""
    best = best_row(rows) if params.keep == "best" else None
    return int((best or rows[-1])["step"])


def is_finished(rows: Sequence[LogRow], params: Train) -> bool:
    """Whether every step was made, or its validation was the last of `patience` ones without a better one."""
    if len(rows) >= params.steps:
        return True
    if params.patience is None or not rows or math.isnan(rows[-1]["validation_mAP"]):
        return False
    best = best_row(rows)
    validated = _select_validated(rows)
    return best is not None and sum(row["step"] > best["step"] for row in validated) >= params.patience


def _select_validated(rows: Sequence[LogRow]) -> list[LogRow]:
    return [row for row in rows if not math.isnan(row["validation_mAP"])]


def _select_under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
