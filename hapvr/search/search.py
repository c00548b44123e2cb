"""The videos of a folder, ranked by similarity to a query."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import nn

from hapvr.drawing import drawing, save_figure
from hapvr.methods.model import frame_similarity_of
from hapvr.scoring.reading import Subset
from hapvr.search.answer import Answer, Clip, Judging, Verdict, judge, same_as
from hapvr.search.describe import Described, Describer
from hapvr.search.index import Index, IndexedFeatures
from hapvr.search.indexing import Flaws, update_index
from hapvr.search.lettering import look
from hapvr.search.picture_file import DPI
from hapvr.search.relative import relative_scores
from hapvr.search.results import Result, rank_results
from hapvr.search.results_figure import ShownVideo, choose_columns, draw_results, match_frames
from hapvr.search.videos import list_videos, printable
from hapvr.storage.resume import file_sha256
from hapvr.video import Sample

INDEX_NAME = ".hapvr-index.h5"


@dataclass(frozen=True)
class Found:
    """results: the likeliest copy first. flaws: of the folder."""

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
        judging: Judging,
    ) -> None:
        """index: None for INDEX_NAME in the folder. rebuild: forget what is in it. memory_gb: bound of scoring.

        judging: what makes answers of scores.
        """
        self._folder, self._files = folder, list_videos(folder)
        self._model, self._describe, self._memory_gb, self._judging = model, describe, memory_gb, judging
        self._index = open_index(folder, index, describe.made_with, rebuild=rebuild)

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
            scores = relative_scores(
                self._model, described.features, Subset(features, others), memory_gb=self._memory_gb
            )
            answers = self._answers(query, described, features, dict(zip(others, scores, strict=True)))
        return Found(described, rank_results(others, scores, answers), flaws)

    def _answers(
        self, query: Path, described: Described, features: IndexedFeatures, scores: Mapping[str, float]
    ) -> list[Answer | None]:
        judging, sha256, entries = self._judging, file_sha256(query), self._index.entries()
        asked = Clip(described.features, described.frames.timestamps)
        mirrored = self._describe.mirrored(described.frames) if judging.calibration else None

        def answer(path: str, found: float) -> Answer | None:
            if entries[path].sha256 == sha256:
                return same_as(asked, Verdict.IDENTICAL, fps=judging.fps)
            if judging.calibration is None:
                return None
            video = Clip(features[path], features.times(path, judging.fps))
            return judge(asked, video, found, **judging._asdict(), mirrored=mirrored)

        return [answer(path, found) for path, found in scores.items()]

    def sample(self, path: str) -> Sample:
        """Frames of a video, by its path below the folder. Raises DecodeError."""
        return self._describe.sample(self._files[path])

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
        frames = self.sample(result.path)
        title = f"{result.rank}   {result.score:.3f}   {result.path}"
        return ShownVideo(title, frames, match_frames(similarity, columns))
