"""Decoding many files at a time, one child process for each, whatever they do to it."""

import time
from collections import deque
from collections.abc import Iterable, Iterator
from multiprocessing.connection import wait

from hapvr.video.child import Task
from hapvr.video.job import Job, Outcome


def decoded(tasks: Iterable[tuple[str, Task]], workers: int) -> Iterator[tuple[str, Outcome]]:
    """Gives (name, outcome) of every (name, task), in the order in which they end.

    At most `workers` children at a time; memory: theirs, and the sampled frames of as many videos here.
    """
    waiting = deque(tasks)
    running: dict[str, Job] = {}
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                name, task = waiting.popleft()
                running[name] = Job(task)
            soonest = min(job.deadline for job in running.values())
            wait([job.connection for job in running.values()], max(0.0, soonest - time.monotonic()))
            for name, job in list(running.items()):
                outcome = job.progress()
                if outcome is not None:
                    del running[name]
                    yield name, outcome
    finally:
        for job in running.values():
            job.kill()
