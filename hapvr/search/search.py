"""`hapvr search`: the videos of a folder, ranked by similarity to a query."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hapvr.project import Project
from hapvr.search.describe import Described, Describer
from hapvr.search.frame_similarity import frame_similarity
from hapvr.search.index import Index
from hapvr.search.indexing import update
from hapvr.search.picture_file import drawing, save
from hapvr.search.ranking import Result, rank
from hapvr.search.results_figure import Row, columns_of, draw_results, matches
from hapvr.search.trained import model_of
from hapvr.search.videos import printable, videos_in

INDEX_NAME = ".hapvr-index.h5"


@dataclass(frozen=True)
class Found:
    """results: best first. unreadable: path below the folder → reason."""

    query: Described
    results: list[Result]
    unreadable: dict[str, str]


class Search:
    """Finds copies of videos in a folder whose features are kept in an index file."""

    def __init__(self, project: Project, *, run: str, folder: Path, index: Path | None, rebuild: bool) -> None:
        """index: None for INDEX_NAME in the folder. rebuild: forget what is in it."""
        self._project, self._run = project, run
        self._folder, self._files = folder, videos_in(folder)
        self._model = model_of(project, run)
        self._describe = Describer(project)
        self._index = Index(index or folder / INDEX_NAME, self._describe.made_with, rebuild=rebuild)

    def __call__(self, query: Path) -> Found:
        """Brings the index up to date and ranks every readable video but the query's own file.

        Raises DecodeError if the query is unreadable, ValueError if no video is left to rank.
        """
        described = self._describe(query)
        unreadable = update(self._index, self._files, self._describe)
        others = [path for path in self._files if path not in unreadable and not self._files[path].samefile(query)]
        if not others:
            reasons = "".join(f"\n  {printable(path)}: {reason}" for path, reason in unreadable.items())
            raise ValueError(f"{self._folder}: no readable video besides the query{reasons}")
        memory_gb = self._project.params.score.memory_gb
        results = rank(self._model, described.features, self._index, paths=others, memory_gb=memory_gb)
        return Found(described, results, unreadable)

    def draw(self, query: Path, found: Found, *, top: int, path: Path) -> None:
        """Writes a figure of the query and the `top` best results."""
        shown = columns_of(len(found.query.features))
        rows = [self._row(result, found.query, shown) for result in found.results[:top]]
        title = f"{self._project.params.runs[self._run].label}: {len(found.results)} videos ranked"
        with drawing():
            save(draw_results(Row(f"query  {query.name}", found.query.frames, shown), rows, title=title), path)

    def _row(self, result: Result, query: Described, shown: np.ndarray) -> Row:
        with self._index.features() as features:
            similarity = frame_similarity(self._model, query.features, features[result.path])
        frames = self._describe.frames(self._files[result.path])
        return Row(f"{result.rank}   {result.score:.3f}   {result.path}", frames, matches(similarity, shown))
