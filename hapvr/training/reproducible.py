"""The same seed gives the same bytes."""

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

from hapvr.training.randomness import random_state, restore_random_state


@contextmanager
def reproducible(*, seed: int, threads: int) -> Iterator[None]:
    """Deterministic algorithms, a fixed number of threads and seeded global generators; put back at the end.

    On a GPU some sums of the losses have no deterministic algorithm: there the last bits may differ, with a warning.
    """
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    generators = random_state()
    on_gpu = torch.cuda.is_available()
    if on_gpu:
        # cuBLAS is deterministic only with a workspace of fixed size, which it reads before its first product.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True, warn_only=on_gpu)
    try:
        random.seed(seed)
        np.random.seed(seed % 2**32)
        torch.manual_seed(seed)
        yield
    finally:
        restore_random_state(generators)
        torch.set_num_threads(before[0])
        torch.use_deterministic_algorithms(before[1])
