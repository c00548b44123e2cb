"""All that a training is between two steps."""

import math
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from hapvr.training.choice import Row
from hapvr.training.number_format import Precision


@dataclass
class State:
    """rows: the log so far, one per finished step, so their number is the position in schedule and data.

    best: copies of the weights of the best validation, if those are to be kept.
    """

    network: nn.Module
    optimiser: torch.optim.Optimizer
    precision: Precision
    rows: list[Row] = field(default_factory=list)
    best: dict[str, Tensor] = field(default_factory=dict)

    def remember_best(self) -> None:
        """The weights of this moment are the best so far."""
        self.best = {name: tensor.clone() for name, tensor in self.network.state_dict().items()}

    def tensors(self) -> dict[str, Tensor]:
        """Weights, best weights and moments of the optimiser by name."""
        optimiser = self.optimiser.state_dict()["state"]
        return {
            **{f"network/{name}": tensor.contiguous() for name, tensor in self.network.state_dict().items()},
            **{f"best/{name}": tensor.contiguous() for name, tensor in self.best.items()},
            **{f"optimiser/{number}/{name}": value for number, of in optimiser.items() for name, value in of.items()},
        }

    def numbers(self) -> dict[str, Any]:
        """Everything else, as JSON."""
        rows = [{key: None if math.isnan(value) else value for key, value in row.items()} for row in self.rows]
        return {"rows": rows, "scaler": self.precision.scaler.state_dict()}

    def load(self, tensors: dict[str, Tensor], numbers: dict[str, Any]) -> None:
        """Goes back to where `tensors` and `numbers` were taken."""
        self.network.load_state_dict(_under("network/", tensors))
        device = next(self.network.parameters()).device
        self.best = {name: tensor.to(device) for name, tensor in _under("best/", tensors).items()}
        moments: dict[int, dict[str, Tensor]] = {}
        for name, tensor in _under("optimiser/", tensors).items():
            number, key = name.split("/")
            moments.setdefault(int(number), {})[key] = tensor
        groups = self.optimiser.state_dict()["param_groups"]
        self.optimiser.load_state_dict({"state": moments, "param_groups": groups})
        self.precision.scaler.load_state_dict(numbers["scaler"])
        self.rows = [
            {key: math.nan if value is None else value for key, value in row.items()} for row in numbers["rows"]
        ]


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
