"""The state of every global random generator, as JSON."""

import random
from base64 import b64decode, b64encode
from typing import Any

import numpy as np
import torch
from torch import Tensor


def random_state() -> dict[str, Any]:
    """States of the generators of python, numpy, torch and the current CUDA device."""
    version, numbers, gauss = random.getstate()
    numpy_state: Any = np.random.get_state(legacy=False)
    return {
        "python": [version, list(numbers), gauss],
        "numpy": numpy_state | {"state": {**numpy_state["state"], "key": numpy_state["state"]["key"].tolist()}},
        "torch": _text(torch.get_rng_state()),
        "cuda": _text(torch.cuda.get_rng_state()) if torch.cuda.is_available() else None,
    }


def restore_random_state(state: dict[str, Any]) -> None:
    """Puts the generators back to what `random_state` gave."""
    version, numbers, gauss = state["python"]
    random.setstate((version, tuple(numbers), gauss))
    key = np.array(state["numpy"]["state"]["key"], np.uint32)
    np.random.set_state(state["numpy"] | {"state": {**state["numpy"]["state"], "key": key}})
    torch.set_rng_state(_tensor(state["torch"]))
    if state["cuda"] is not None:
        torch.cuda.set_rng_state(_tensor(state["cuda"]))


def _text(state: Tensor) -> str:
    return b64encode(state.numpy().tobytes()).decode()


def _tensor(text: str) -> Tensor:
    return torch.frombuffer(bytearray(b64decode(text)), dtype=torch.uint8)
