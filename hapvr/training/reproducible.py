"""The same seed gives the same bytes."""

import os
import random
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor


@contextmanager
def run_reproducibly(*, seed: int, threads: int) -> Iterator[None]:
    """Deterministic algorithms, a fixed number of threads and seeded global generators; put back at the end.

    On a GPU some sums of the losses have no deterministic algorithm: there the last bits may differ, with a warning.
    """
    before = torch.get_num_threads(), torch.get_deterministic_debug_mode()
    filled = torch.utils.deterministic.fill_uninitialized_memory  # type: ignore[attr-defined]
    generators = random_state()
    on_gpu = torch.cuda.is_available()
    if on_gpu:
        # cuBLAS is deterministic only with a workspace of fixed size, which it reads before its first product.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.set_num_threads(threads)
    # As `use_deterministic_algorithms`, which imports the compiler first: more than a second.
    torch.set_deterministic_debug_mode("warn" if on_gpu else "error")
    # PyTorch would write NaN into all new memory, to show who reads what nobody wrote: a fifth of a step.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    try:
        random.seed(seed)
        np.random.seed(seed % 2**32)
        torch.manual_seed(seed)
        yield
    finally:
        restore_random_state(generators)
        torch.set_num_threads(before[0])
        torch.set_deterministic_debug_mode(before[1])
        torch.utils.deterministic.fill_uninitialized_memory = filled  # type: ignore[attr-defined]


def random_state() -> dict[str, Any]:
    """States of the generators of python, numpy, torch and the current CUDA device."""
    version, numbers, gauss = random.getstate()
    numpy_state: Any = np.random.get_state(legacy=False)
    return {
        "python": [version, list(numbers), gauss],
        "numpy": numpy_state | {"state": {**numpy_state["state"], "key": numpy_state["state"]["key"].tolist()}},
        "torch": _as_text(torch.get_rng_state()),
        "cuda": _as_text(torch.cuda.get_rng_state()) if torch.cuda.is_available() else None,
    }


def restore_random_state(state: dict[str, Any]) -> None:
    """Puts the generators back to what `random_state` gave."""
    version, numbers, gauss = state["python"]
    random.setstate((version, tuple(numbers), gauss))
    key = np.array(state["numpy"]["state"]["key"], np.uint32)
    np.random.set_state(state["numpy"] | {"state": {**state["numpy"]["state"], "key": key}})
    torch.set_rng_state(_as_tensor(state["torch"]))
    if state["cuda"] is not None:
        torch.cuda.set_rng_state(_as_tensor(state["cuda"]))


def _as_text(state: Tensor) -> str:
    return b64encode(state.numpy().tobytes()).decode()


def _as_tensor(text: str) -> Tensor:
    return torch.frombuffer(bytearray(b64decode(text)), dtype=torch.uint8)
