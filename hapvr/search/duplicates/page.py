"""A page to review groups of copies on: a film strip, resolution and length of each file."""

from collections.abc import Callable
from typing import Any

from tqdm import tqdm

from hapvr.explorer.strips import Strip, make_strip
from hapvr.reports.rendering import render
from hapvr.search.duplicates.find import Duplicated
from hapvr.search.duplicates.groups import Judged
from hapvr.search.duplicates.listing import conclude, describe_file, describe_recall
from hapvr.search.files.videos import printable
from hapvr.search.listing import describe_range, percent
from hapvr.search.report import as_sampled_frames
from hapvr.video import DecodeError, Sample

PICTURES, HEIGHT = 8, 72
# Decoded again for their pictures; the files of groups beyond it are listed without.
MOST_STRIPS = 400


def render_duplicates(found: Duplicated, *, sample: Callable[[str], Sample], **about: str) -> str:
    """A self-contained page. sample: frames of a video by its name. about: run, folders."""
    wanted = [file.name for group in found.groups for file in group.files]
    wanted += [name for one in found.parts for name in (one.query, one.video)]
    names = list(dict.fromkeys(wanted))[:MOST_STRIPS]
    strips = {name: _strip(name, sample) for name in tqdm(names, "pictures", unit="video", disable=not names)}
    groups = [
        [
            {"name": printable(file.name), "facts": describe_file(file), "strip": strips.get(file.name)}
            for file in group.files
        ]
        for group in found.groups
    ]
    return render(
        "duplicates.html",
        conclusion=conclude(found),
        recall=describe_recall(found.recall) if found.recall else None,
        groups=groups,
        parts=[_part(one, strips) for one in found.parts],
        unpictured=len(set(wanted)) - len(names),
        **about,
    )


def _part(one: Judged, strips: dict[str, Strip | None]) -> dict[str, Any]:
    return {
        "sure": percent(one.answer),
        "ranges": [describe_range(part) for part in one.answer.ranges],
        "rows": [
            {"name": printable(name), "facts": role, "strip": strips.get(name)}
            for name, role in ((one.query, "QUERY"), (one.video, "VIDEO"))
        ],
    }


def _strip(name: str, sample: Callable[[str], Sample]) -> Strip | None:
    try:
        return make_strip(as_sampled_frames(name, sample(name), PICTURES), pictures=PICTURES, height=HEIGHT)
    except DecodeError:
        # Gone or changed since it was compared: the page lists it all the same.
        return None
