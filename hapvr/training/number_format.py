"""The number format of forward and backward."""

from contextlib import AbstractContextManager
from typing import Literal

import torch
from torch.amp import GradScaler

Name = Literal["float32", "bfloat16", "float16"]


class Precision:
    """Half precision in the network, float32 in weights, losses and optimiser; losses scaled up for float16.

    Without the scale small gradients would be zero in float16. A scale so large that a gradient is infinite is halved,
    and that step leaves the weights as they are.
    """

    def __init__(self, name: Name, device: torch.device) -> None:
        self._name = name
        self._device = device.type
        self.scaler = GradScaler(self._device, enabled=name == "float16")

    def autocast(self) -> AbstractContextManager[None]:
        """For the network alone: losses stay outside."""
        dtype = None if self._name == "float32" else getattr(torch, self._name)
        return torch.autocast(self._device, dtype=dtype, enabled=dtype is not None)

    def backward(self, total: torch.Tensor) -> None:
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
