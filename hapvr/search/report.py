"""A page of what a search found: film strips of the query and of each video, aligned where they match."""

from collections.abc import Callable, Iterable, Sequence
from io import BytesIO
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from hapvr.explorer.strips import Strip, make_strip
from hapvr.reports.rendering import render
from hapvr.search.answers.answer import Range
from hapvr.search.files.picture_file import clock
from hapvr.search.files.videos import printable
from hapvr.search.listing import conclude, describe_range, percent
from hapvr.search.results import Result
from hapvr.storage.frames import SampledFrames
from hapvr.video import Sample

PICTURES, HEIGHT = 8, 96


class Row(NamedTuple):
    """One video of a pair: its pictures, when they are, and which part of it they cover, in % of its length."""

    name: str
    strip: Strip
    times: list[str]
    start: float
    length: float


def render_report(
    query: tuple[str, Sample],
    results: Sequence[Result],
    shown: Iterable[Result],
    *,
    sample: Callable[[str], Sample],
    **about: str,
) -> str:
    """A self-contained page. query: its name and frames. sample: frames of a video by its path. about: run, folder."""
    articles = [_article(query[1], result, sample) for result in shown]
    return render(
        "search.html",
        query=printable(query[0]),
        conclusion=conclude(results),
        results=articles,
        videos=len(results),
        **about,
    )


def _article(query: Sample, result: Result, sample: Callable[[str], Sample]) -> dict[str, Any]:
    answer = result.answer
    found: dict[str, Any] = {
        "rank": result.rank, "path": printable(result.path), "score": f"{result.score:.3f}", "found": result.is_copy,
        "verdict": answer and str(answer.verdict), "sure": answer and percent(answer),
        "flipped": bool(answer and answer.flipped), "pairs": [],
    }  # fmt: skip
    if answer and answer.ranges:
        frames = sample(result.path)
        found["pairs"] = [{"said": describe_range(one), "rows": _rows(query, frames, one)} for one in answer.ranges]
    return found


def _rows(query: Sample, video: Sample, found: Range) -> list[Row]:
    """Pictures at the same places of both stretches, so that those that stand below each other match."""
    longest = max(stop - start for start, stop in (found.query, found.video))
    pictures = min(PICTURES, max(1, round(longest / _step(query))))
    parts = (("query", query, found.query), ("video", video, found.video))
    return [_row(name, frames, seconds, pictures) for name, frames, seconds in parts]


def _row(name: str, frames: Sample, seconds: tuple[float, float], pictures: int) -> Row:
    start, stop = seconds
    wanted = start + (np.arange(pictures) + 0.5) * (stop - start) / pictures
    chosen = [int(np.searchsorted(frames.timestamps, second, side="right")) - 1 for second in wanted]
    chosen = [max(place, 0) for place in chosen]
    times = np.asarray(frames.timestamps)[chosen]
    sampled = _sampled_frames(name, frames, chosen)
    whole = float(frames.timestamps[-1]) + _step(frames)
    strip = make_strip(sampled, pictures=pictures, height=HEIGHT)
    return Row(name, strip, [clock(time) for time in times], 100 * start / whole, 100 * (stop - start) / whole)


def as_sampled_frames(name: str, frames: Sample, pictures: int) -> SampledFrames:
    """`pictures` frames evenly spread over a video, or all, as `make_strip` takes them."""
    count = min(pictures, len(frames.images))
    return _sampled_frames(name, frames, [int((place + 0.5) * len(frames.images) / count) for place in range(count)])


def _sampled_frames(name: str, frames: Sample, chosen: list[int]) -> SampledFrames:
    jpegs = [_jpeg(frames.images[place]) for place in chosen]
    return SampledFrames(name, jpegs, np.asarray(frames.timestamps)[chosen], np.array(chosen), frames.decoder)


def _step(frames: Sample) -> float:
    """Seconds between two frames."""
    return float(np.median(np.diff(frames.timestamps))) if len(frames.timestamps) > 1 else 1.0


def _jpeg(image: np.ndarray) -> bytes:
    file = BytesIO()
    Image.fromarray(image).save(file, "jpeg", quality=90)
    return file.getvalue()
