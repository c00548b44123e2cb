"""FIVR-200K and FIVR-5K, from the published annotation.

Source: Kordopatis-Zilos et al., FIVR: Fine-grained Incident Video Retrieval, 2019; easy duplicates: S2VS, 2023.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from hapvr.datasets.dataset import Dataset, Task
from hapvr.datasets.pickles import read_pickle
from hapvr.datasets.published import check_ids, check_keys, read_ids, video_paths

ANNOTATION = "fivr_annotation.json"
IDS = "fivr_youtube_ids.txt"
VERSIONS = "fivr_audio.pickle"
EASY = "fivr_easy_duplicates.txt"

LABELS = {"DS": ["ND", "DS"], "CS": ["ND", "DS", "CS"], "IS": ["ND", "DS", "CS", "IS"]}


def fivr_200k(folder: Path) -> Dataset:
    """100 queries, 225,960 database videos. `folder` holds the annotation files. Raises ValueError."""
    annotation = json.loads((folder / ANNOTATION).read_text(encoding="utf-8"))
    check_keys(folder / ANNOTATION, annotation, {})
    return _dataset("fivr_200k", folder, annotation, sorted(annotation), read_ids(folder / IDS))


def fivr_5k(folder: Path) -> Dataset:
    """50 queries, 5,000 database videos: a part of FIVR-200K. Raises ValueError."""
    content = read_pickle(folder / VERSIONS)
    check_keys(folder / VERSIONS, content, {"annotation": dict, "5k": dict})
    version = content["5k"]
    return _dataset("fivr_5k", folder, content["annotation"], sorted(version["queries"]), version["database"])


def _dataset(
    name: str, folder: Path, annotation: dict[str, Any], queries: list[str], database: Iterable[str]
) -> Dataset:
    ranked = set(database)
    check_ids(folder, ranked.union(queries))
    relevance = {
        query: {label: sorted(ranked.intersection(videos)) for label, videos in sorted(annotation[query].items())}
        for query in queries
    }
    return Dataset(
        name=name,
        videos=video_paths(ranked.union(queries)),
        queries=queries,
        database=sorted(ranked),
        relevance=relevance,
        tasks=_tasks(),
        easy=sorted(ranked.intersection(read_ids(folder / EASY))),
    )


def _tasks() -> dict[str, Task]:
    """DSVR … ISVD, then the same without easy duplicates, DSVR_h … ISVD_h."""
    kinds: dict[str, Literal["mAP", "uAP"]] = {"R": "mAP", "D": "uAP"}
    return {
        f"{incident}V{kind}{'_h' if hard else ''}": Task(
            metric=metric, labels=labels, interpolation="step", without_easy=hard
        )
        for hard in (False, True)
        for kind, metric in kinds.items()
        for incident, labels in LABELS.items()
    }
