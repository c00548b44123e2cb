"""CC_WEB_VIDEO: 24 query sets of web videos, from the annotation as published with ViSiL.

Source: Wu et al., Practical elimination of near-duplicates from web video search, MM 2007.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hapvr.datasets.dataset import Dataset, Task
from hapvr.datasets.pickles import read_pickle
from hapvr.datasets.published import check_ids, check_keys, video_paths

ANNOTATION = "cc_web_video.pickle"
RELEVANT = ["E", "S", "L", "M", "V"]


def cc_web_video(folder: Path) -> Dataset:
    """24 queries, 13,115 videos; labels E, S, L, M, V are relevant, X is not. Raises ValueError.

    mAP ranks the videos labelled in the query's own set, mAP* the whole database; `_c`: cleaned, without the
    videos that a second annotation excludes. The query ranks itself, and relevant videos that are missing count,
    both as in the published code. An id is the last part of the published name: "1_1_Y" of "1/1_1_Y". A labelled
    video that the published index does not name is called "set_number" and is always missing.
    """
    content = read_pickle(folder / ANNOTATION)
    check_keys(folder / ANNOTATION, content, {"index": dict, "ground_truth": list, "excluded": list, "queries": list})
    names = {number: name.rsplit("/", 1)[-1] for name, number in content["index"].items()}
    check_ids(folder / ANNOTATION, names.values())
    queries = [name.rsplit("/", 1)[-1] for name in content["queries"]]
    labels = {
        query: {names.get(number, f"{position}_{number}"): label for number, label in labelled.items()}
        for position, (query, labelled) in enumerate(zip(queries, content["ground_truth"], strict=True), start=1)
    }
    excluded = {
        query: sorted(names[number] for number in numbers)
        for query, numbers in zip(queries, content["excluded"], strict=True)
    }
    return Dataset(
        name="cc_web_video",
        videos=video_paths(names.values()),
        queries=queries,
        database=sorted(names.values()),
        relevance={query: _group_by_label(labelled) for query, labelled in labels.items()},
        tasks=_name_tasks(),
        candidates={query: sorted(labelled) for query, labelled in labels.items()},
        excluded=excluded,
    )


def _group_by_label(labelled: Mapping[str, str]) -> dict[str, list[str]]:
    return {
        label: sorted(video for video, given in labelled.items() if given == label)
        for label in sorted(set(labelled.values()))
    }


def _name_tasks() -> dict[str, Task]:
    fixed: dict[str, Any] = {
        "metric": "mAP", "labels": RELEVANT, "interpolation": "step", "with_query": True, "keeps_missing": True,
    }  # fmt: skip
    return {
        f"CC_WEB{star}{clean}": Task(whole_database=bool(star), with_excluded=not clean, **fixed)
        for clean in ("", "_c")
        for star in ("", "*")
    }
