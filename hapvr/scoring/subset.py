"""Some videos of a store of features as a sequence, which is what `score` takes."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np


class Store(Protocol):
    """Features by name: of a FeatureStore by video id, of a search index by path."""

    def __getitem__(self, name: str, /) -> np.ndarray:
        """Features [T, R, D]."""

    def frames(self, name: str, /) -> int:
        """T, without reading the features."""


class Selected(Sequence[np.ndarray]):
    """The videos `names` of a store, in order, read when asked for. `lengths`: their frames, known without reading."""

    def __init__(self, store: Store, names: list[str]) -> None:
        self._store, self.names = store, names
        self.lengths = [store.frames(name) for name in names]

    def __getitem__(self, position):  # type: ignore[no-untyped-def]
        return self._store[self.names[position]]

    def __len__(self) -> int:
        return len(self.names)
