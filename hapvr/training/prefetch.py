"""The next batches are made while a step runs."""

import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import torch

from hapvr.training.batches import Batch, BatchSource

# Batches made ahead of the step that runs.
AHEAD = 2


def prefetched(source: BatchSource, numbers: Iterable[int]) -> Generator[tuple[Batch, float]]:
    """The batches of these numbers in order, each with the seconds that were spent waiting for it.

    AHEAD threads make them, at most AHEAD before they are asked for: one's frames are read while the backbone is at
    another's. Since a batch depends on its number alone, they are the same as without threads. What making one raises
    is raised here.
    """
    with ThreadPoolExecutor(AHEAD, "batches", _on_the_device_of_this_thread()) as thread:
        waiting: deque[Future[Batch]] = deque()
        try:
            for number in numbers:
                waiting.append(thread.submit(source.batch, number))
                if len(waiting) > AHEAD:
                    yield _awaited(waiting.popleft())
            while waiting:
                yield _awaited(waiting.popleft())
        finally:
            thread.shutdown(wait=False, cancel_futures=True)


def _on_the_device_of_this_thread() -> Callable[[], None] | None:
    """A new thread would take the first CUDA device, which belongs to another process if there are several."""
    return partial(torch.cuda.set_device, torch.cuda.current_device()) if torch.cuda.is_available() else None


def _awaited(batch: Future[Batch]) -> tuple[Batch, float]:
    start = time.perf_counter()
    return batch.result(), time.perf_counter() - start
