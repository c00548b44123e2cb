"""Pairs of videos of which is known whether one is a copy of the other, and what a search sees in them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

import numpy as np
from clip_edits import Plan
from first_seconds import FPS
from footage import Footage
from torch import nn

from hapvr.datasets.dataset import Dataset
from hapvr.search.answers.answer import Clip, Findings, examine
from hapvr.search.answers.views import Match, best_matches, view_of

COPY, SCENE, OTHER = "copy", "same scene", "unrelated"
# What the labels of rendered datasets say about copies.
LABELS = {"ND": COPY, "DS": COPY, "1": COPY, "copy": COPY, "CS": SCENE, "IS": SCENE}
WHERE = ("query_start_s", "query_end_s", "video_start_s", "video_end_s")


class Pair(NamedTuple):
    """edit: which one the video is of the query; else what it is to it. truth: seconds that are the same, see WHERE."""

    query: str
    video: str
    kind: str
    edit: str
    truth: tuple[float, ...] = ()


@dataclass(frozen=True)
class Seen:
    """Videos as a search sees them, by id: features [T, views · R, D], times [T]; mirrored: of queries, [T, R, D]."""

    features: Mapping[str, np.ndarray]
    times: Mapping[str, np.ndarray]
    mirrored: Mapping[str, np.ndarray]
    views: int
    fps: float

    def __getitem__(self, name: str) -> np.ndarray:
        return self.features[name].astype(np.float32)

    def frames(self, name: str) -> int:
        return len(self.features[name])

    def view(self, name: str, number: int) -> Clip:
        return Clip(view_of(self[name], number, self.views), self.times[name])


def pairs_of_footage(footage: Footage) -> Iterator[Pair]:
    """Every clip with the edits of all clips and the other clips, but for insets that it lies under."""
    for clip in footage.clips:
        for plan in footage.plans:
            if plan.clip is clip:
                yield Pair(clip.id, plan.id, COPY, plan.edit, _truth(plan))
            elif plan.host is not clip:
                yield Pair(clip.id, plan.id, OTHER, "")
            elif plan.edit == "embedded":
                yield Pair(clip.id, plan.id, COPY, "interrupted")
        yield from (Pair(clip.id, other.id, OTHER, "") for other in footage.clips if other is not clip)


def _truth(plan: Plan) -> tuple[float, ...]:
    if plan.edit != "embedded":
        return ()
    cut, first, frames = (plan.values[name] / FPS for name in ("cut", "first", "frames"))
    return (first, first + frames, cut, cut + frames)


def thirds(seen: Seen, clips: Sequence[str]) -> tuple[Seen, list[Pair]]:
    """The first and the last third of each clip, as videos of their own: the same scene, and no copy."""
    features, times, pairs = dict(seen.features), dict(seen.times), []
    for clip in clips:
        third = seen.frames(clip) // 3
        for name, part in (("first", slice(third)), ("last", slice(-third, None))):
            features[f"{clip}#{name}"], times[f"{clip}#{name}"] = features[clip][part], times[clip][part]
        pairs.append(Pair(f"{clip}#first", f"{clip}#last", SCENE, "thirds"))
    return Seen(features, times, seen.mirrored, seen.views, seen.fps), pairs


def pairs_of_dataset(dataset: Dataset, known: Mapping[str, object]) -> Iterator[Pair]:
    """Every query with its candidates, of the videos that are `known`."""
    for query in dataset.queries:
        labels = {video: label for label, videos in dataset.relevance[query].items() for video in videos}
        candidates = dataset.candidates[query] if dataset.candidates else dataset.database
        for video in candidates:
            if video in known and query in known and video not in {query, *dataset.excluded.get(query, [])}:
                yield Pair(query, video, LABELS.get(labels.get(video, ""), OTHER), labels.get(video, ""))


def match_pairs(model: nn.Module, pairs: Sequence[Pair], seen: Seen, *, memory_gb: float) -> list[Match]:
    """The score of each pair. pairs: those of a query together."""
    found: list[Match] = []
    for query, of_query in groupby(pairs, key=lambda pair: pair.query):
        videos = [pair.video for pair in of_query]
        found += best_matches(model, seen[query], seen, videos, views=seen.views, memory_gb=memory_gb)
    return found


def examine_pairs(pairs: Sequence[Pair], matches: Sequence[Match], seen: Seen) -> list[Findings]:
    """What is seen of each pair beside its score."""
    found = []
    for pair, match in zip(pairs, matches, strict=True):
        query, video = seen.view(pair.query, match.query), seen.view(pair.video, match.video)
        mirrored = seen.mirrored.get(pair.query) if match.query == 0 else None
        found.append(examine(query, video, match.score, fps=seen.fps, mirrored=mirrored))
    return found


def overlap(pair: Pair, found: Findings, seen: Seen) -> float:
    """Of the best range with the true one: intersection over union, in the query or the video, whichever is less."""
    if not found.runs:
        return 0.0
    run, shares = found.runs[0], []
    for name, (first, stop), true in (
        (pair.query, found.runs[0].query, pair.truth[:2]),
        (pair.video, run.video, pair.truth[2:]),
    ):
        start, end = float(seen.times[name][first]), float(seen.times[name][stop - 1]) + 1 / seen.fps
        common = max(0.0, min(end, true[1]) - max(start, true[0]))
        shares.append(common / (max(end, true[1]) - min(start, true[0])))
    return min(shares)
