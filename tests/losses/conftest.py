"""Numbers of the published implementations, and a comparison with them in value and gradient."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

GOLDEN = Path(__file__).parents[1] / "golden"


def _load(name: str) -> dict[str, Tensor]:
    with np.load(GOLDEN / name, allow_pickle=False) as arrays:
        return {key: torch.from_numpy(arrays[key]) for key in arrays.files}


@pytest.fixture(scope="session")
def hapvr_golden() -> dict[str, Tensor]:
    return _load("hapvr_losses.npz")


@pytest.fixture(scope="session")
def other_golden() -> dict[str, Tensor]:
    return _load("other_losses.npz")


@pytest.fixture(scope="session")
def same() -> Callable[..., None]:
    """Asserts that a loss of `x` has the value and gradient given, to 1e-5 of the gradient's largest entry."""

    def compare(loss: Callable[[Tensor], Tensor], x: Tensor, *, value: Tensor, gradient: Tensor) -> None:
        x = x.clone().requires_grad_()
        found = loss(x)
        (found_gradient,) = torch.autograd.grad(found, x)
        torch.testing.assert_close(found, value, rtol=1e-5, atol=0)
        torch.testing.assert_close(found_gradient, gradient, rtol=1e-5, atol=1e-5 * float(gradient.abs().max()))

    return compare
