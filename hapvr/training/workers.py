"""Work done by threads, a bounded number of results ahead of who needs them."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class Workers:
    """Threads that do pieces of work in order. JPEG decoding and tensor operations run outside Python's lock."""

    def __init__(self, threads: int) -> None:
        self._ahead = 2 * threads
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="views")

    def results(self, work: Sequence[Callable[[], T]]) -> Iterator[T]:
        """What each piece gives, in order, at most two per thread before they are asked for.

        What a piece raises is raised here, and no further piece is begun.
        """
        waiting: deque[Future[T]] = deque()
        try:
            for piece in work:
                waiting.append(self._pool.submit(piece))
                if len(waiting) > self._ahead:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
