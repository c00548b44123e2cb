"""The answer to "is this a copy of that?": a verdict, how sure it is, and where in both videos."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from hapvr.search.answers.calibration import Calibration
from hapvr.search.answers.evidence import Evidence, frame_matrix, weigh
from hapvr.search.answers.runs import Run, find_runs

MOST_RANGES = 5
CLEARLY = 0.05  # by which the mirror image's frames are more similar than the query's own where a video is flipped
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
    found = examine(query, video, score, fps=fps, mirrored=mirrored)
    probability = calibration.copy(found.evidence)
    if probability < threshold:
        scene = calibration.related(found.evidence) >= LIKELY
        return Answer(probability, Verdict.SCENE if scene else Verdict.UNRELATED, [], flipped=False)
    ranges = [Range(_seconds(query, run.query, fps), _seconds(video, run.video, fps)) for run in found.runs]
    return Answer(probability, _how_much(found), ranges, found.flipped)


class Findings(NamedTuple):
    """What is seen of two videos before it is judged. runs: of `find_runs`, in a matrix of `shape`."""

    evidence: Evidence
    runs: list[Run]
    shape: tuple[int, ...]
    flipped: bool


def examine(query: Clip, video: Clip, score: float, *, fps: float, mirrored: np.ndarray | None) -> Findings:
    """As `judge`, which says what is what; of the query and its mirror image, the one that matches better is taken."""
    found = []
    for features in [query.features] if mirrored is None else [query.features, mirrored]:
        matrix = frame_matrix(features, video.features)
        runs = find_runs(matrix, most=MOST_RANGES)
        evidence = weigh(matrix, runs, score=score, fps=fps)
        found.append(Findings(evidence, runs, matrix.shape, flipped=False))
    best = max(found, key=lambda one: one.evidence.level)
    # Where neither matches well, it is chance which one matches better.
    return best._replace(flipped=best.evidence.level > found[0].evidence.level + CLEARLY)


def same_as(query: Clip, verdict: Verdict, *, fps: float) -> Answer:
    """The answer for a video of which every frame is the query's."""
    whole = _seconds(query, (0, len(query.times)), fps)
    return Answer(1.0, verdict, [Range(whole, whole)], flipped=False)


def _how_much(found: Findings) -> Verdict:
    of_query, of_video = (np.zeros(frames, bool) for frames in found.shape)
    for run in found.runs:
        of_query[slice(*run.query)] = of_video[slice(*run.video)] = True
    return Verdict.COPY if min(of_query.mean(), of_video.mean()) >= WHOLE else Verdict.PART


def _seconds(clip: Clip, frames: tuple[int, int], fps: float) -> tuple[float, float]:
    """From the first frame until after the last one of a stretch."""
    first, stop = frames
    return float(clip.times[first]), float(clip.times[stop - 1]) + 1 / fps
