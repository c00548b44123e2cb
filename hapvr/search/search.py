"""The videos of a folder, ranked by similarity to a query."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import nn

from hapvr.device import fastest_device
from hapvr.drawing import drawing, save_figure
from hapvr.methods.model import frame_similarity_of
from hapvr.scoring.reading import Subset
from hapvr.search.describe import Described, Describer
from hapvr.search.index import Index
from hapvr.search.indexing import Flaws, update_index
from hapvr.search.lettering import look
from hapvr.search.picture_file import DPI
from hapvr.search.results_figure import ShownVideo, choose_columns, draw_results, match_frames
from hapvr.search.videos import list_videos, printable
from hapvr.similarity import score

INDEX_NAME = ".hapvr-index.h5"


@dataclass(frozen=True)
class Result:
    """rank: from 1; videos of one score share the better rank. path: below the folder."""

    rank: int
    score: float
    path: str


@dataclass(frozen=True)
class Found:
    """results: best first. flaws: of the folder."""

    query: Described
    results: list[Result]
    flaws: Flaws


class Search:
    """Finds copies of videos in a folder whose features are kept in an index file."""

    def __init__(
        self,
        folder: Path,
        model: nn.Module,
        describe: Describer,
        *,
        index: Path | None,
        rebuild: bool,
        memory_gb: float,
    ) -> None:
        """index: None for INDEX_NAME in the folder. rebuild: forget what is in it. memory_gb: bound of scoring."""
        self._folder, self._files = folder, list_videos(folder)
        self._model, self._describe, self._memory_gb = model, describe, memory_gb
        self._index = Index(index or folder / INDEX_NAME, describe.made_with, rebuild=rebuild)

    def __call__(self, query: Path) -> Found:
        """Brings the index up to date and ranks every readable video but the query's own file.

        Raises DecodeError if the query is unreadable, ValueError if no video is left to rank.
        """
        described = self._describe(query)
        flaws = update_index(self._index, self._files, self._describe)
        readable = [path for path in self._files if path not in flaws.unreadable]
        others = [path for path in readable if not self._files[path].samefile(query)]
        if not others:
            reasons = "".join(f"\n  {printable(path)}: {reason}" for path, reason in flaws.unreadable.items())
            raise ValueError(f"{self._folder}: no readable video besides the query{reasons}")
        with self._index.features() as features:
            database = Subset(features, others)
            scores = score(
                self._model, [described.features], database, device=fastest_device(), memory_gb=self._memory_gb
            )
        return Found(described, rank_by_score(others, scores[0]), flaws)

    def draw(self, query: Path, found: Found, *, top: int, label: str, path: Path) -> None:
        """Writes a figure of the query and the `top` best results. label: of the model."""
        columns = choose_columns(len(found.query.features))
        shown = [self._show(result, found.query, columns) for result in found.results[:top]]
        title = f"{label}: {len(found.results)} videos ranked"
        with drawing(look()):
            figure = draw_results(ShownVideo(f"query  {query.name}", found.query.frames, columns), shown, title=title)
            save_figure(figure, path, dpi=DPI)

    def _show(self, result: Result, query: Described, columns: np.ndarray) -> ShownVideo:
        with self._index.features() as features:
            similarity = frame_similarity_of(self._model, query.features, features[result.path])
        frames = self._describe.sample(self._files[result.path])
        title = f"{result.rank}   {result.score:.3f}   {result.path}"
        return ShownVideo(title, frames, match_frames(similarity, columns))


def rank_by_score(paths: Sequence[str], scores: np.ndarray) -> list[Result]:
    """Paths, best score first; equal scores in order of path."""
    results: list[Result] = []
    for value, path in sorted(zip(scores.tolist(), paths, strict=True), key=lambda pair: (-pair[0], pair[1])):
        tied = bool(results) and results[-1].score == value
        results.append(Result(results[-1].rank if tied else len(results) + 1, value, path))
    return results


def format_table(results: Sequence[Result]) -> str:
    """Rank, score and path, one video a line."""
    lines = [f"{result.rank:>4}  {result.score:>7.4f}  {printable(result.path)}" for result in results]
    return "\n".join([f"{'rank':>4}  {'score':>7}  path", *lines])
