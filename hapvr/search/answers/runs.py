"""Where one video shows another: runs of matching frames in a frame-to-frame matrix."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

SECOND_BEST = 0.5  # of the best run's weight, that another one has at least
# Similarity that frames of unrelated clips have, at most: what a scene has in common with itself is no background.
BACKGROUND = 0.3
AHEAD = 2  # frames that a run may go ahead at once


class Run(NamedTuple):
    """Frames that match one after another: of the query from `query` [first, stop), of the video likewise.

    frames: pairs of frames that match; fewer than either stretch has where one plays faster. level: mean similarity of
    these pairs. weight: sum of what their similarity exceeds the threshold by.
    """

    query: tuple[int, int]
    video: tuple[int, int]
    frames: int
    level: float
    weight: float


def find_runs(frame_similarity: np.ndarray, *, most: int) -> list[Run]:
    """The best runs, `most` at most, best first, each in a stretch of the video of its own; none if nothing is similar.

    frame_similarity: [T, T']. A pair of frames counts by what its similarity is above the middle of the matrix's
    maximum and median, the latter no more than BACKGROUND. A run goes one frame ahead in both videos, or two in one of
    them: at 0.5 to 2 times the speed.
    """
    background = min(float(np.median(frame_similarity)), BACKGROUND)
    threshold = (float(frame_similarity.max()) + background) / 2
    gains = frame_similarity.astype(np.float64) - threshold
    return list(_best_runs(gains, threshold, most))


def _best_runs(gains: np.ndarray, threshold: float, most: int) -> Iterator[Run]:
    least = 0.0
    for _ in range(most):
        run = _best_run(gains, threshold)
        if run is None or run.weight < least:
            return
        yield run
        least = least or SECOND_BEST * run.weight
        gains[:, slice(*run.video)] = -np.inf


def _best_run(gains: np.ndarray, threshold: float) -> Run | None:
    """Local alignment (Smith and Waterman 1981) row by row; every pair of frames knows where its best run began."""
    here = np.arange(gains.shape[1])
    last, before_last = _Row(len(here)), _Row(len(here))
    best: Run | None = None
    for number, row in enumerate(gains):
        now = _Row(len(here))
        weight, origin, frames = (part[AHEAD:] for part in now)
        origin[:] = number * len(here) + here
        for way, back in ((last, 1), (last, 2), (before_last, 1)):
            came = way.before(back)
            better = came.weight > weight
            for part, coming in zip((weight, origin, frames), came, strict=True):
                np.copyto(part, coming, where=better)
        np.maximum(weight + row, 0, out=weight)
        frames += 1
        end = int(weight.argmax())
        if weight[end] > (best.weight if best else 0):
            first, first_of_video = divmod(int(origin[end]), len(here))
            found, pairs = float(weight[end]), int(frames[end])
            best = Run((first, number + 1), (first_of_video, end + 1), pairs, threshold + found / pairs, found)
        last, before_last = now, last
    return best


class _Parts(NamedTuple):
    """weight: of the run that ends at each frame of the video. origin: its first pair. frames: its pairs."""

    weight: np.ndarray
    origin: np.ndarray
    frames: np.ndarray


class _Row(_Parts):
    """One frame of the query; AHEAD frames without a run stand before the first frame of the video."""

    def __new__(cls, frames: int) -> "_Row":
        return super().__new__(cls, *(np.zeros(AHEAD + frames, kind) for kind in (float, int, int)))

    def before(self, back: int) -> _Parts:
        """For each frame of the video, the run that ends `back` frames before it."""
        return _Parts(*(part[AHEAD - back : len(part) - back] for part in self))
