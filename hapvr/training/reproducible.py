"""The same seed gives the same bytes."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def reproducible(*, seed: int, threads: int) -> Iterator[None]:
    """Deterministic algorithms, a fixed number of threads and a seeded global generator; put back at the end."""
    before = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True)
    try:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            yield
    finally:
        torch.set_num_threads(before[0])
        torch.use_deterministic_algorithms(before[1])
