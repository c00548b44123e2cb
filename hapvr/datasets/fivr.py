"""What FIVR-200K and FIVR-5K share: relevance, easy duplicates, tasks.

Source: Kordopatis-Zilos et al., FIVR: Fine-grained Incident Video Retrieval, 2019; easy duplicates: S2VS, 2023.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from hapvr.datasets.dataset import Dataset, Task
from hapvr.datasets.published import check_ids, read_ids, video_paths

EASY = "fivr_easy_duplicates.txt"
LABELS = {"DS": ["ND", "DS"], "CS": ["ND", "DS", "CS"], "IS": ["ND", "DS", "CS", "IS"]}


def fivr_dataset(
    name: str, folder: Path, annotation: Mapping[str, Any], queries: list[str], database: Iterable[str]
) -> Dataset:
    """The dataset of some queries and a database. annotation: query → label → videos. Raises ValueError."""
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
        tasks=_name_tasks(),
        easy=sorted(ranked.intersection(read_ids(folder / EASY))),
    )


def _name_tasks() -> dict[str, Task]:
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
