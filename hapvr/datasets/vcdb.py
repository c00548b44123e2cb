"""VCDB: partial copies among web videos, and about 100,000 distractors to train on and to rank.

Source: Jiang et al., VCDB: A Large-Scale Database for Partial Copy Detection in Videos, ECCV 2014.
"""

from collections.abc import Iterable
from pathlib import Path

from hapvr.datasets.dataset import Dataset, Task
from hapvr.datasets.published import video_paths
from hapvr.datasets.vcdb_annotation import FOLDER, PICKLE, read_pairs, read_published

KINDS = {"VCR": "mAP", "VCD": "uAP"}


def vcdb(folder: Path, *, found: Iterable[str]) -> Dataset:
    """The core set: each video is a query and is relevant to those it shares a segment with.

    VCR and VCD rank the other core videos; VCR* and VCD* the distractors too, as the published "VCDB + distractors"
    (S2VS) does. A network that was trained on the distractors has seen them, as the published ones have.
    `folder` holds `vcdb.pickle` as S2VS has it, which names the distractors, so that those that are not at hand count
    as missing; or the publisher's folder `annotation`, which does not. If it holds both, the first is read.
    found: ids of the videos at hand; with the publisher's annotation those that it does not name are the distractors.
    Raises ValueError naming the file, and the line or key, that is wrong.
    """
    if (folder / PICKLE).exists():
        copies, distractors = read_published(folder / PICKLE)
    else:
        copies = _read_folder(folder)
        distractors = sorted(set(found) - set(copies))
    core = sorted(copies)
    return Dataset(
        name="vcdb",
        videos=video_paths(core) | video_paths(distractors),
        training=distractors,
        queries=core,
        database=sorted({*core, *distractors}),
        relevance={query: {"copy": sorted(copies[query])} for query in core},
        tasks={
            f"{name}{star}": Task.model_validate(
                {"metric": metric, "labels": ["copy"], "interpolation": "step", "whole_database": bool(star)}
            )
            for star in ("", "*")
            for name, metric in KINDS.items()
        },
        candidates=dict.fromkeys(core, core),
    )


def _read_folder(folder: Path) -> dict[str, set[str]]:
    """Core video → those it shares a segment with, from the publisher's annotation."""
    files = sorted((folder / FOLDER).glob("*.txt"))
    if not files:
        raise ValueError(
            f"{folder / FOLDER}: expected VCDB's annotation, one text file per topic, found none; request VCDB "
            f"from its publisher and put its folder `annotation` there, or S2VS's `{PICKLE}` beside it"
        )
    copies: dict[str, set[str]] = {}
    for path in files:
        for first, second in read_pairs(path):
            if first != second:
                copies.setdefault(first, set()).add(second)
                copies.setdefault(second, set()).add(first)
    return copies
