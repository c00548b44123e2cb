"""Work done by threads, a bounded part of it ahead of who needs the results."""

import math
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def look_ahead(
    work: Iterable[Callable[[], T]],
    *,
    threads: int,
    in_line: int,
    costs: Iterable[float] | None = None,
    room: float = math.inf,
    initializer: Callable[[], None] | None = None,
) -> Generator[T]:
    """What each piece of work gives, in order; while one is used, the next ones are done.

    in_line: how many pieces are begun at most before the first of them is asked for. costs: of the pieces, as many as
    there are; those begun cost `room` at most, where they are more than one. initializer: called in each thread.
    What a piece raises is raised here, and no further piece is begun. No thread is left behind, however it ends.
    """
    pool = ThreadPoolExecutor(threads, "look-ahead", initializer)
    waiting: deque[tuple[float, Future[T]]] = deque()
    spent = iter(costs) if costs is not None else None
    try:
        for piece in work:
            cost = 0.0 if spent is None else next(spent)
            while waiting and (len(waiting) == in_line or sum(held for held, _ in waiting) + cost > room):
                yield waiting.popleft()[1].result()
            waiting.append((cost, pool.submit(piece)))
        while waiting:
            yield waiting.popleft()[1].result()
    finally:
        pool.shutdown(cancel_futures=True)
