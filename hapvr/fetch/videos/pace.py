"""Requests one after another, from several threads, no faster than was agreed."""

import random
import threading
import time
from collections.abc import Callable


class Pace:
    """Lets one request through every 1/requests_per_s seconds, and a random share `jitter` of that more or less."""

    def __init__(
        self,
        requests_per_s: float,
        jitter: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._pause_s, self._jitter = 1 / requests_per_s, jitter
        self._clock, self._sleep = clock, sleep
        self._next, self._lock = clock(), threading.Lock()

    def wait(self) -> None:
        """Returns when it is this caller's turn."""
        with self._lock:
            turn = max(self._next, self._clock())
            self._next = turn + self._pause_s * random.uniform(1 - self._jitter, 1 + self._jitter)
        if (ahead := turn - self._clock()) > 0:
            self._sleep(ahead)
