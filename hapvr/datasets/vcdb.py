"""VCDB: partial copies among web videos, and about 100,000 distractors to train on and to rank.

Source: Jiang et al., VCDB: A Large-Scale Database for Partial Copy Detection in Videos, ECCV 2014. Assumed, after how
others read it: the folder `annotation` holds one text file per topic; each line is one pair of copied segments,
"video,video,start,end,start,end", videos by file name and times as hh:mm:ss. Every core video takes part in some pair,
so the pairs name the 528 core videos.
"""

from collections.abc import Iterable
from pathlib import Path

from hapvr.datasets.dataset import Dataset, Task
from hapvr.datasets.published import check_ids, video_paths

FOLDER = "annotation"


def vcdb(folder: Path, *, found: Iterable[str]) -> Dataset:
    """The core set: each video is a query and is relevant to those it shares a segment with.

    VCR and VCD rank the other core videos; VCR* and VCD* the distractors too, as the published "VCDB + distractors"
    (S2VS) does. A network that was trained on the distractors has seen them, as the published ones have.
    found: ids of the videos at hand; those that the annotation does not name are the distractors, unlabelled.
    Raises ValueError naming the file and line that is wrong.
    """
    copies: dict[str, set[str]] = {}
    files = sorted((folder / FOLDER).glob("*.txt"))
    if not files:
        raise ValueError(
            f"{folder / FOLDER}: expected VCDB's annotation, one text file per topic, found none; request VCDB "
            "from its publisher and put its folder `annotation` there"
        )
    for path in files:
        for first, second in _read_pairs(path):
            if first != second:
                copies.setdefault(first, set()).add(second)
                copies.setdefault(second, set()).add(first)
    core = sorted(copies)
    distractors = sorted(set(found) - set(core))
    return Dataset(
        name="vcdb",
        videos=video_paths(core) | video_paths(distractors),
        training=distractors,
        queries=core,
        database=sorted({*core, *distractors}),
        relevance={query: {"copy": sorted(copies[query])} for query in core},
        tasks={
            "VCR": Task(metric="mAP", labels=["copy"], interpolation="step"),
            "VCD": Task(metric="uAP", labels=["copy"], interpolation="step"),
            "VCR*": Task(metric="mAP", labels=["copy"], interpolation="step", whole_database=True),
            "VCD*": Task(metric="uAP", labels=["copy"], interpolation="step", whole_database=True),
        },
        candidates=dict.fromkeys(core, core),
    )


def _read_pairs(path: Path) -> Iterable[tuple[str, str]]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        parts = [part.strip() for part in line.split(",")]
        if len(parts) != 6:
            raise ValueError(f'{path}, line {number}: expected "video,video,start,end,start,end", found {line[:100]!r}')
        first, second = (Path(name).stem for name in parts[:2])
        check_ids(path, [first, second])
        yield first, second
