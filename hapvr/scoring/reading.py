"""The videos that are compared: some of a store, and read ahead by several threads within a bound of memory."""

import os
from collections.abc import Callable, Generator, Iterable, Sequence
from functools import partial
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from hapvr.lookahead import look_ahead
from hapvr.storage.features import FeatureStore

Videos = Sequence[np.ndarray | Tensor]

# Unpacking published (gzip) features runs in parallel; more threads than this do not pay.
READERS = min(8, os.cpu_count() or 1)
# Videos in line at most, however short they are.
IN_LINE = 256


class Store(Protocol):
    """Features by name: of a FeatureStore by video id, of a search index by path."""

    def __getitem__(self, name: str, /) -> np.ndarray:
        """Features [T, R, D]."""

    def frames(self, name: str, /) -> int:
        """T, without reading the features."""


class Subset(Sequence[np.ndarray]):
    """The videos `names` of a store, in order, read when asked for. `lengths`: their frames, known without reading."""

    def __init__(self, store: Store, names: list[str]) -> None:
        self._store, self.names = store, names
        self.lengths = [store.frames(name) for name in names]

    def __getitem__(self, position):  # type: ignore[no-untyped-def]
        return self._store[self.names[position]]

    def __len__(self) -> int:
        return len(self.names)


def readable(store: FeatureStore, names: Iterable[str], what: str) -> Subset:
    """Those of `names` that have features. Raises ValueError where none has: of `what`."""
    found = [name for name in names if name in store]
    if not found:
        raise ValueError(f"{what}: no video could be read; see the features of that dataset, and its failures.csv")
    return Subset(store, found)


def lengths_of(videos: Videos) -> list[int]:
    """Frames of each video, from `videos.lengths` where the sequence knows them without reading."""
    known: list[int] | None = getattr(videos, "lengths", None)
    return [len(video) for video in videos] if known is None else known


def read_ahead(
    videos: Videos, positions: Iterable[int], *, cost: Callable[[int], int], room: int, pin: bool
) -> Generator[Tensor]:
    """The videos at `positions`, in order; while one is used, the next ones are read.

    cost: bytes of the video at a position while it is read. room: bytes of all videos that wait, where more than
    one does. pin: for a copy to a GPU that nobody waits for.
    """

    def read(position: int) -> Tensor:
        video = torch.as_tensor(videos[position])
        return video.pin_memory() if pin else video

    wanted = list(positions)
    work = (partial(read, position) for position in wanted)
    return look_ahead(work, threads=READERS, in_line=IN_LINE, costs=map(cost, wanted), room=room)
