"""Which pairs of videos are likely copies: all of them compared, or those that a candidate stage leaves."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from torch import nn
from tqdm import tqdm

from hapvr.scoring.reading import Store, Subset
from hapvr.search.answers.relative import relative_scores
from hapvr.search.duplicates.clips import clip_frames, describe_clips, find_candidates
from hapvr.search.options import Duplicates

# Frames of the queries that are compared with every video at one go: the fewer, the more often videos are read.
FRAMES_AT_ONCE = 8192


class Pair(NamedTuple):
    """Two videos by their places, and the similarity of `query` to `video`, 1 being that of the query to itself."""

    query: int
    video: int
    score: float


class Pairs:
    """Compares the videos `names` of a store with each other by a model."""

    def __init__(
        self, model: nn.Module, store: Store, names: list[str], *, options: Duplicates, memory_gb: float
    ) -> None:
        self._model, self._store, self._options, self._memory_gb = model, store, options, memory_gb
        self._videos = Subset(store, names)

    def likely(self) -> list[Pair]:
        """Of every video, exactly compared with all others, its `neighbours` most similar ones; progress shown."""
        rows = self._exact(range(len(self._videos)), "compare")
        return _better_direction(pair for place, row in rows for pair in self._nearest(place, row))

    def likely_among(self, candidates: Sequence[np.ndarray]) -> list[Pair]:
        """The same of every video compared with its candidates only."""
        found: list[Pair] = []
        for place, others in enumerate(tqdm(candidates, "compare", unit="video")):
            if len(others):
                asked = Subset(self._store, [self._videos.names[other] for other in others])
                scores = self._relative([place], asked, lambda: None)[0]
                order = np.argsort(-scores, kind="stable")[: self._options.neighbours]
                found += [Pair(place, int(others[at]), float(scores[at])) for at in order]
        return _better_direction(found)

    def candidates(self, fps: float) -> list[np.ndarray]:
        """For each video those whose clips are most similar to one of its own."""
        frames = max(1, round(self._options.clip_s * fps))
        dims = self._videos[0].shape[-1]
        frames = clip_frames(self._videos.lengths, dims, frames=frames, memory_gb=self._memory_gb)
        clips = describe_clips(self._videos, frames)
        return find_candidates(clips, most=self._options.candidates, seed=self._options.seed)

    def likely_of_sample(self) -> list[Pair]:
        """The exact answer for `sample` videos drawn at random, to measure candidates by."""
        random, videos = np.random.default_rng(self._options.seed), len(self._videos)
        drawn = sorted(random.permutation(videos)[: self._options.sample].tolist())
        return [pair for place, row in self._exact(drawn, "measure recall") for pair in self._nearest(place, row)]

    def _exact(self, places: Sequence[int], title: str) -> Iterator[tuple[int, np.ndarray]]:
        """For each place its relative scores with all videos, [N]."""
        with tqdm(desc=title, total=len(places) * len(self._videos), unit="pair") as progress:
            for block in _cut(places, self._videos.lengths):
                rows = self._relative(block, self._videos, partial(progress.update, len(block)))
                yield from zip(block, rows, strict=True)

    def _relative(self, places: Sequence[int], database: Subset, progress: Callable[[], object]) -> np.ndarray:
        queries = [self._videos[place] for place in places]
        return relative_scores(self._model, queries, database, memory_gb=self._memory_gb, progress=progress)

    def _nearest(self, place: int, row: np.ndarray) -> Iterator[Pair]:
        order = np.argsort(-row, kind="stable")
        others = order[order != place][: self._options.neighbours]
        yield from (Pair(place, int(other), float(row[other])) for other in others)


def _cut(places: Sequence[int], lengths: Sequence[int]) -> Iterator[list[int]]:
    """Blocks of queries of FRAMES_AT_ONCE frames, or of one longer query."""
    block: list[int] = []
    for place in places:
        if block and sum(lengths[one] for one in block) + lengths[place] > FRAMES_AT_ONCE:
            yield block
            block = []
        block.append(place)
    if block:
        yield block


def _better_direction(pairs: Iterable[Pair]) -> list[Pair]:
    """Each two videos once, in the direction of the higher score: of an excerpt, from it to what it was cut from."""
    best: dict[tuple[int, int], Pair] = {}
    for pair in pairs:
        key = (min(pair.query, pair.video), max(pair.query, pair.video))
        if key not in best or (pair.score, -pair.query) > (best[key].score, -best[key].query):
            best[key] = pair
    return [best[key] for key in sorted(best)]
