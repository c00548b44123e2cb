"""What `hapvr duplicates` found as text and as JSON."""

import json
from collections.abc import Iterator
from typing import Any

from hapvr.search.answers.answer import Answer
from hapvr.search.duplicates.find import Duplicated, Recall
from hapvr.search.duplicates.groups import File, Group, Judged
from hapvr.search.files.picture_file import clock
from hapvr.search.files.videos import printable
from hapvr.search.listing import as_seconds, describe_range, percent


def conclude(found: Duplicated) -> str:
    """What there is, in one sentence."""
    more = sum(len(group.files) - 1 for group in found.groups)
    if not found.groups and not found.parts:
        return f"no copies among {found.videos} videos"
    groups = f"{len(found.groups)} group{'s' if len(found.groups) > 1 else ''}"
    parts = f"; pairs of which one shows a part of the other: {len(found.parts)}" if found.parts else ""
    return f"{more} of {found.videos} videos are copies of others, in {groups}{parts}"


def describe_recall(recall: Recall) -> str:
    """How far candidates can be trusted."""
    measured = f"candidates beside the exact answer for {recall.sample} videos drawn at random"
    if not recall.copies:
        return f"{measured}: these have no copies, so the recall is not known"
    share = recall.found / recall.copies
    return f"{measured}: {recall.found} of {recall.copies} copies are among them, a recall of {share:.3f}"


def as_text(found: Duplicated) -> Iterator[str]:
    """A group a paragraph, its best file first, with a star; then the parts."""
    for number, group in enumerate(found.groups, 1):
        yield f"group {number}, {len(group.files)} files"
        sure = _answers(group)
        for place, file in enumerate(group.files):
            answer = sure.get(file.name)
            said = f"{answer.verdict}, {percent(answer)}" if answer and place else ""
            yield f"  {'*' if not place else ' '} {describe_file(file):<32} {said:<15} {printable(file.name)}"
    if found.parts:
        yield "parts"
    for one in found.parts:
        yield f"  {printable(one.query)} = {printable(one.video)}, {percent(one.answer)}"
        yield from (f"      {describe_range(part)}" for part in one.answer.ranges)


def describe_file(file: File) -> str:
    """Resolution, length and size."""
    shape = file.shape
    pixels = f"{shape.width} × {shape.height}" if shape.width else "size unknown"
    return f"{pixels}, {clock(shape.seconds)}, {file.bytes / 1e6:.1f} MB"


def as_json(found: Duplicated, **about: Any) -> str:
    """One object: what it is about, `groups` with their best file, `parts`, and what was not compared."""
    content = {
        **about,
        "videos": found.videos,
        "contents": found.contents,
        "recall": None if found.recall is None else vars(found.recall),
        "groups": [_group(group) for group in found.groups],
        "parts": [_judged(one) for one in found.parts],
        "skipped": {str(folder): flaws.unreadable for folder, flaws in found.flaws.items()},
        "damaged": {str(folder): flaws.damaged for folder, flaws in found.flaws.items()},
    }
    return json.dumps(content, indent=2, ensure_ascii=False)


def _group(group: Group) -> dict[str, Any]:
    files = [{"path": file.name, **file.shape._asdict(), "bytes": file.bytes} for file in group.files]
    return {"best": group.files[0].name, "files": files, "copies": [_judged(one) for one in group.judged]}


def _judged(one: Judged) -> dict[str, Any]:
    answer = one.answer
    return {
        "query": one.query,
        "video": one.video,
        "verdict": str(answer.verdict),
        "probability": round(answer.probability, 4),
        "ranges": [as_seconds(part) for part in answer.ranges],
    }


def _answers(group: Group) -> dict[str, Answer]:
    """For each file the surest answer that has it in the group."""
    best: dict[str, Answer] = {}
    for one in group.judged:
        for name in (one.query, one.video):
            if name not in best or one.answer.probability > best[name].probability:
                best[name] = one.answer
    return best
