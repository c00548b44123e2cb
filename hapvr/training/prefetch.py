"""The next batches are made while a step runs."""

import time
from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor

from hapvr.training.batches import Batch, BatchSource

# Batches made ahead of the step that runs: one being made, one waiting.
AHEAD = 2


def prefetched(source: BatchSource, numbers: Iterable[int]) -> Generator[tuple[Batch, float]]:
    """The batches of these numbers in order, each with the seconds that were spent waiting for it.

    They are made one after the other in a thread of their own, at most AHEAD before they are asked for. Since a batch
    depends on its number alone, they are the same as without the thread. What making one raises is raised here.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="batches") as thread:
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


def _awaited(batch: Future[Batch]) -> tuple[Batch, float]:
    start = time.perf_counter()
    return batch.result(), time.perf_counter() - start
