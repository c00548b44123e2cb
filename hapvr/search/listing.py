"""Results of a search as text, JSON and CSV."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from typing import Any

from hapvr.search.answers.answer import Answer, Range
from hapvr.search.files.picture_file import clock
from hapvr.search.files.videos import printable
from hapvr.search.results import Result

COLUMNS = (
    "rank", "path", "verdict", "probability", "score", "flipped",
    "query_start_s", "query_end_s", "video_start_s", "video_end_s",
)  # fmt: skip
ENDS = ("start", "end")
INDENT = 22


def write_results(
    results: Sequence[Result], shown: Sequence[Result], *, output: str, about: Mapping[str, Any]
) -> Iterator[str]:
    """Text of what is shown of a ranking. output: "text", "json" or "csv". about: what JSON says besides."""
    if output == "json":
        yield as_json(shown, **about, conclusion=conclude(results))
    elif output == "csv":
        yield as_csv(shown)
    else:
        if shown:
            yield format_table(shown)
        yield conclude(results)


def format_table(results: Sequence[Result]) -> str:
    """One video a line, and below it where the query is in it."""
    lines = [f"{'rank':>4}  {'verdict':<10} {'sure':>5}  {'score':>6}  path"]
    for result in results:
        verdict, sure = ("–", "–") if result.answer is None else (result.answer.verdict, percent(result.answer))
        lines.append(f"{result.rank:>4}  {verdict:<10} {sure:>5}  {result.score:>6.3f}  {printable(result.path)}")
        if result.answer:
            flipped = ", flipped" if result.answer.flipped else ""
            lines += [" " * INDENT + describe_range(found) + flipped for found in result.answer.ranges]
    return "\n".join(lines)


def describe_range(found: Range) -> str:
    """Which seconds of the query are which of the video."""
    return f"QUERY {_clocks(found.query)} = VIDEO {_clocks(found.video)}"


def conclude(results: Sequence[Result]) -> str:
    """How many copies there are, in a sentence."""
    copies = sum(result.is_copy for result in results)
    if any(result.answer is None for result in results):
        return f"{len(results)} videos ranked; this model is not calibrated, so its scores are no verdicts"
    if copies:
        return f"{copies} of {len(results)} videos show the query or a part of it"
    return f"no copy found among {len(results)} videos"


def as_json(results: Sequence[Result], **about: Any) -> str:
    """One object: what it is about, and `results` with seconds instead of clocks."""
    content = {
        **about,
        "copies": sum(result.is_copy for result in results),
        "results": [_as_dict(of) for of in results],
    }
    return json.dumps(content, indent=2, ensure_ascii=False)


def as_csv(results: Sequence[Result]) -> str:
    """A row per range; of a video without one, a row without seconds."""
    text = StringIO()
    rows = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    rows.writeheader()
    for result in results:
        found = _as_dict(result)
        ranges = found.pop("ranges")
        for seconds in ranges or [{}]:
            flat = {
                f"{whose}_{end}_s": value for whose, of in seconds.items() for end, value in zip(ENDS, of, strict=True)
            }
            rows.writerow(found | flat)
    return text.getvalue().rstrip("\n")


def _as_dict(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = {"rank": result.rank, "path": result.path, "score": round(result.score, 4)}
    answer = result.answer
    if answer is None:
        return {**found, "verdict": None, "probability": None, "flipped": None, "ranges": []}
    return {
        **found,
        "verdict": str(answer.verdict),
        "probability": round(answer.probability, 4),
        "flipped": answer.flipped,
        "ranges": [as_seconds(of) for of in answer.ranges],
    }


def as_seconds(found: Range) -> dict[str, list[float]]:
    """Where a range is in either video, to the hundredth."""
    return {
        "query": [round(second, 2) for second in found.query],
        "video": [round(second, 2) for second in found.video],
    }


def percent(answer: Answer) -> str:
    """Never 100 % or 0 % of what is not certain."""
    if answer.probability == 1:
        return "100 %"
    return f"{min(max(round(100 * answer.probability), 1), 99)} %"


def _clocks(seconds: tuple[float, float]) -> str:
    return "–".join(clock(second) for second in seconds)
