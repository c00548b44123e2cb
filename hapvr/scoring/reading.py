"""Database videos, read ahead by several threads within a bound of memory."""

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import torch
from torch import Tensor

Videos = Sequence[np.ndarray | Tensor]

# Unpacking published (gzip) features runs in parallel; more threads than this do not pay.
READERS = min(8, os.cpu_count() or 1)
# Videos in line at most, however short they are.
IN_LINE = 256


def lengths_of(videos: Videos) -> list[int]:
    """Frames of each video, from `videos.lengths` where the sequence knows them without reading."""
    known: list[int] | None = getattr(videos, "lengths", None)
    return [len(video) for video in videos] if known is None else known


def read_ahead(
    videos: Videos, positions: Iterable[int], *, cost: Callable[[int], int], room: int, pin: bool
) -> Generator[Tensor, None, None]:
    """The videos at `positions`, in order; while one is used, the next ones are read.

    cost: bytes of the video at a position while it is read. room: bytes of all videos that wait, where more than
    one does. pin: for a copy to a GPU that nobody waits for.
    """

    def read(position: int) -> Tensor:
        video = torch.as_tensor(videos[position])
        return video.pin_memory() if pin else video

    waiting: deque[tuple[int, Future[Tensor]]] = deque()
    readers = ThreadPoolExecutor(READERS)
    try:
        for position in positions:
            while waiting and (len(waiting) == IN_LINE or sum(held for held, _ in waiting) + cost(position) > room):
                yield waiting.popleft()[1].result()
            waiting.append((cost(position), readers.submit(read, position)))
        while waiting:
            yield waiting.popleft()[1].result()
    finally:
        readers.shutdown(cancel_futures=True)
