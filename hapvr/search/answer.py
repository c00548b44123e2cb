"""The answer to "is this a copy of that?": a verdict, how sure it is, and where in both videos."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from hapvr.search.calibration import Calibration
from hapvr.search.evidence import frame_matrix, weigh
from hapvr.search.runs import Run, find_runs

MOST_RANGES = 5
LIKELY = 0.5
WHOLE = 0.7  # share of either video that the ranges of a copy cover; of a part, less


class Verdict(StrEnum):
    """What a video is to a query."""

    IDENTICAL = "identical"
    COPY = "copy"
    PART = "part of it"
    SCENE = "same scene"
    UNRELATED = "unrelated"


COPIES = (Verdict.IDENTICAL, Verdict.COPY, Verdict.PART)


@dataclass(frozen=True)
class Range:
    """Seconds of the query, from and to, that are seconds of the video."""

    query: tuple[float, float]
    video: tuple[float, float]


@dataclass(frozen=True)
class Answer:
    """probability: that the video shows a copy of the query or of a part of it. ranges: best first; none
    where there is no copy. flipped: whether it is shown mirrored."""

    probability: float
    verdict: Verdict
    ranges: list[Range]
    flipped: bool


class Clip(NamedTuple):
    """features: [T, R, D] of the frames sampled. times: [T], their seconds from the start."""

    features: np.ndarray
    times: np.ndarray


class Judging(NamedTuple):
    """What makes answers of scores: a calibration, None where the model has none; see `judge` for the others."""

    calibration: Calibration | None
    threshold: float
    fps: float


def judge(
    query: Clip,
    video: Clip,
    score: float,
    *,
    calibration: Calibration,
    threshold: float,
    fps: float,
    mirrored: np.ndarray | None = None,
) -> Answer:
    """Compares two videos that a model has scored.

    score: of the model, divided by the query's score with itself. threshold: probability from which on a video is a
    copy. fps: frames sampled per second. mirrored: features of the query's mirrored frames; without them nothing is
    found to be flipped.
    """
    if query.features.shape == video.features.shape and np.array_equal(query.features, video.features):
        return same_as(query, Verdict.COPY, fps=fps)
    straight = _look(query.features, video.features)
    turned = straight if mirrored is None else _look(mirrored, video.features)
    flipped = turned.strength > straight.strength
    seen = turned if flipped else straight
    evidence = weigh(seen.matrix, seen.runs, score=score, fps=fps)
    probability = calibration.copy(evidence)
    if probability >= threshold:
        verdict = _how_much(seen)
    else:
        verdict = Verdict.SCENE if calibration.related(evidence) >= LIKELY else Verdict.UNRELATED
    shown = seen.runs if verdict in COPIES else []
    ranges = [Range(_seconds(query, run.query, fps), _seconds(video, run.video, fps)) for run in shown]
    return Answer(probability, verdict, ranges, flipped and bool(ranges))


def same_as(query: Clip, verdict: Verdict, *, fps: float) -> Answer:
    """The answer for a video of which every frame is the query's."""
    whole = _seconds(query, (0, len(query.times)), fps)
    return Answer(1.0, verdict, [Range(whole, whole)], flipped=False)


class _Look(NamedTuple):
    """A frame matrix and its runs of matching frames."""

    matrix: np.ndarray
    runs: list[Run]

    @property
    def strength(self) -> float:
        return self.runs[0].level if self.runs else 0.0


def _look(query: np.ndarray, video: np.ndarray) -> _Look:
    matrix = frame_matrix(query, video)
    return _Look(matrix, find_runs(matrix, most=MOST_RANGES))


def _how_much(seen: _Look) -> Verdict:
    of_query, of_video = (np.zeros(frames, bool) for frames in seen.matrix.shape)
    for run in seen.runs:
        of_query[slice(*run.query)] = of_video[slice(*run.video)] = True
    return Verdict.COPY if min(of_query.mean(), of_video.mean()) >= WHOLE else Verdict.PART


def _seconds(clip: Clip, frames: tuple[int, int], fps: float) -> tuple[float, float]:
    """From the first frame until after the last one of a stretch."""
    first, stop = frames
    return float(clip.times[first]), float(clip.times[stop - 1]) + 1 / fps
