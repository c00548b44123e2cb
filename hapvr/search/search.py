"""The videos of a folder, ranked by similarity to a query."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from torch import nn

from hapvr.methods.model import frame_similarity_of
from hapvr.search.answers.answer import Answer, Clip, Judging, Verdict, judge, same_as
from hapvr.search.answers.views import Match, best_matches, view_of
from hapvr.search.files.describe import Described, Describer
from hapvr.search.files.picture_file import DPI
from hapvr.search.files.videos import list_videos, printable
from hapvr.search.index.indexing import Flaws, update_index
from hapvr.search.index.shards import open_index
from hapvr.search.index.store import IndexedFeatures
from hapvr.search.results import Result, rank_results
from hapvr.storage.resume import file_sha256
from hapvr.video import Sample

if TYPE_CHECKING:
    from hapvr.search.results_figure import ShownVideo

THOROUGH_INDEX_NAME = ".hapvr-thorough.h5"


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
        """index: None for the one in the folder, or THOROUGH_INDEX_NAME of a describer with several views.

        rebuild: forget what is in it. memory_gb: bound of scoring. judging: what makes answers of scores.
        """
        self._folder, self._files = folder, list_videos(folder)
        self._model, self._describe, self._memory_gb, self._judging = model, describe, memory_gb, judging
        thorough = None if describe.views == 1 else folder / THOROUGH_INDEX_NAME
        self._index = open_index(folder, index or thorough, describe.made_with, rebuild=rebuild)

    def __call__(self, query: Path, before_scoring: Callable[[], None] = lambda: None) -> Found:
        """Brings the index up to date and ranks every readable video but the query's own file.

        before_scoring: called when all features are there.

        Raises DecodeError if the query is unreadable, ValueError if no video is left to rank.
        """
        described = self._describe(query)
        flaws = update_index(self._index, self._files, self._describe)
        readable = [path for path in self._files if path not in flaws.unreadable]
        others = [path for path in readable if not self._files[path].samefile(query)]
        if not others:
            reasons = "".join(f"\n  {printable(path)}: {reason}" for path, reason in flaws.unreadable.items())
            raise ValueError(f"{self._folder}: no readable video besides the query{reasons}")
        before_scoring()
        with self._index.features() as features:
            matches = self._match(described, features, others)
            answers = self._answers(query, described, features, matches)
        scores = [match.score for match in matches.values()]
        return Found(described, rank_results(others, scores, answers), flaws)

    def _match(self, query: Described, features: IndexedFeatures, paths: list[str]) -> dict[str, Match]:
        views = self._describe.views
        found = best_matches(self._model, query.features, features, paths, views=views, memory_gb=self._memory_gb)
        return dict(zip(paths, found, strict=True))

    def _answers(
        self, query: Path, described: Described, features: IndexedFeatures, matches: Mapping[str, Match]
    ) -> list[Answer | None]:
        judging, views, entries = self._judging, self._describe.views, self._index.entries()
        sha256, times = file_sha256(query), described.frames.timestamps
        mirrored = self._describe.mirrored(described.frames) if judging.calibration else None

        def answer(path: str, match: Match) -> Answer | None:
            asked = Clip(view_of(described.features, match.query, views), times)
            if entries[path].sha256 == sha256:
                return same_as(asked, Verdict.IDENTICAL, fps=judging.fps)
            if judging.calibration is None:
                return None
            video = Clip(view_of(features[path], match.video, views), features.times(path, judging.fps))
            turned = mirrored if match.query == 0 else None
            return judge(asked, video, match.score, **judging._asdict(), mirrored=turned)

        return [answer(path, match) for path, match in matches.items()]

    def sample(self, path: str) -> Sample:
        """Frames of a video, by its path below the folder. Raises DecodeError."""
        return self._describe.sample(self._files[path])

    def draw(self, query: Path, found: Found, *, top: int, label: str, path: Path) -> None:
        """Writes a figure of the query and the `top` best results. label: of the model."""
        # Imported here, as matplotlib takes longer than a search.
        from hapvr.drawing import drawing, save_figure
        from hapvr.search.files.lettering import look
        from hapvr.search.results_figure import ShownVideo, choose_columns, draw_results

        columns = choose_columns(len(found.query.features))
        shown = [self._show(result, found.query, columns) for result in found.results[:top]]
        title = f"{label}: {len(found.results)} videos ranked"
        with drawing(look()):
            figure = draw_results(ShownVideo(f"query  {query.name}", found.query.frames, columns), shown, title=title)
            save_figure(figure, path, dpi=DPI)

    def _show(self, result: Result, query: Described, columns: np.ndarray) -> "ShownVideo":
        from hapvr.search.results_figure import ShownVideo, match_frames

        with self._index.features() as features:
            similarity = frame_similarity_of(self._model, query.features, features[result.path])
        frames = self.sample(result.path)
        title = f"{result.rank}   {result.score:.3f}   {result.path}"
        return ShownVideo(title, frames, match_frames(similarity, columns))
