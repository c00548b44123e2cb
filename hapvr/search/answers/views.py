"""The views of a video that are compared: its frames as they are and, in a thorough search, parts of them too."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from torch import nn

from hapvr.scoring.reading import Store, Subset
from hapvr.search.answers.relative import relative_scores


class Match(NamedTuple):
    """The most similar views of a query and a video, by number, and their score."""

    score: float
    query: int
    video: int


def view_of(features: np.ndarray, number: int, views: int) -> np.ndarray:
    """One view of features [T, views · R, D], [T, R, D]."""
    regions = features.shape[1] // views
    return features[:, number * regions : (number + 1) * regions]


def best_matches(
    model: nn.Module, query: np.ndarray, store: Store, names: Sequence[str], *, views: int, memory_gb: float
) -> list[Match]:
    """The best match of a query [T, views · R, D] with each video of a store.

    Frames as they are, view 0, are compared with every view, and parts with frames as they are.
    """
    single = _Views(store, views)
    whole = [view_of(query, 0, views)]
    everything = Subset(single, [_name(name, view) for name in names for view in range(views)])
    found = relative_scores(model, whole, everything, memory_gb=memory_gb).reshape(len(names), views)
    matches = [Match(float(of[of.argmax()]), 0, int(of.argmax())) for of in found]
    if views == 1:
        return matches
    parts = [view_of(query, view, views) for view in range(1, views)]
    frames = Subset(single, [_name(name, 0) for name in names])
    scores = relative_scores(model, parts, frames, memory_gb=memory_gb).T
    return [
        max(match, Match(float(of[of.argmax()]), 1 + int(of.argmax()), 0), key=lambda one: one.score)
        for match, of in zip(matches, scores, strict=True)
    ]


class _Views:
    """A store of single views of the videos of another one."""

    def __init__(self, store: Store, views: int) -> None:
        self._store, self._views = store, views

    def __getitem__(self, name: str) -> np.ndarray:
        view, _, path = name.partition(":")
        return view_of(self._store[path], int(view), self._views)

    def frames(self, name: str) -> int:
        return self._store.frames(name.partition(":")[2])


def _name(path: str, view: int) -> str:
    return f"{view}:{path}"
