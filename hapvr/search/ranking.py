"""The videos of a folder in order of similarity to a query."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import nn

from hapvr.device import fastest_device
from hapvr.scoring.subset import Selected
from hapvr.search.index import Index
from hapvr.search.videos import printable
from hapvr.similarity import score


@dataclass(frozen=True)
class Result:
    """rank: from 1; videos of one score share the better rank. path: below the folder."""

    rank: int
    score: float
    path: str


def rank(model: nn.Module, query: np.ndarray, index: Index, *, paths: list[str], memory_gb: float) -> list[Result]:
    """Ranks the indexed videos `paths` by their similarity to a query's features [T, R, D], best first."""
    with index.features() as features:
        database = Selected(features, paths)
        scores = score(model, [query], database, device=fastest_device(), memory_gb=memory_gb)[0]
    results: list[Result] = []
    for value, path in sorted(zip(scores.tolist(), paths, strict=True), key=lambda pair: (-pair[0], pair[1])):
        tied = bool(results) and results[-1].score == value
        results.append(Result(results[-1].rank if tied else len(results) + 1, value, path))
    return results


def as_table(results: Sequence[Result]) -> str:
    """Rank, score and path, one video a line."""
    lines = [f"{result.rank:>4}  {result.score:>7.4f}  {printable(result.path)}" for result in results]
    return "\n".join([f"{'rank':>4}  {'score':>7}  path", *lines])
