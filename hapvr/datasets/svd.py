"""SVD: short near-duplicate videos, from the published test ground truth.

Source: Jiang et al., SVD: A Large-Scale Short Video Dataset for Near-Duplicate Video Retrieval, ICCV 2019.
"""

from pathlib import Path

from hapvr.datasets.dataset import Dataset, Task
from hapvr.datasets.published import check_ids, read_ids, video_paths

GROUND_TRUTH = "svd_test_groundtruth.txt"
UNLABELLED = "svd_unlabelled_ids.txt"


def svd(folder: Path) -> Dataset:
    """206 queries; each ranks its own labelled candidates and, where their ids are present, all unlabelled videos.

    A line of the ground truth is "query candidate 0|1". In mAP a query whose near-duplicates are all missing has AP 0,
    which scikit-learn gives the published code. Video ids are the published file names without extension.
    Raises ValueError naming the line that is wrong.
    """
    labelled = _read_labels(folder / GROUND_TRUTH)
    unlabelled = [Path(name).stem for name in read_ids(folder / UNLABELLED)] if (folder / UNLABELLED).exists() else []
    database = sorted({*unlabelled, *(video for labels in labelled.values() for video in labels)})
    return Dataset(
        name="svd",
        videos=video_paths({*database, *labelled}),
        queries=sorted(labelled),
        database=database,
        relevance={
            query: {"duplicate": sorted(video for video, relevant in labels.items() if relevant)}
            for query, labels in sorted(labelled.items())
        },
        tasks={
            "SVR": Task(metric="mAP", labels=["duplicate"], interpolation="step", keeps_unfindable=True),
            "SVD": Task(metric="uAP", labels=["duplicate"], interpolation="step"),
        },
        candidates={query: sorted(labels) for query, labels in sorted(labelled.items())},
        distractors=sorted(unlabelled),
    )


def _read_labels(path: Path) -> dict[str, dict[str, bool]]:
    """query → candidate → whether it is a near-duplicate."""
    labelled: dict[str, dict[str, bool]] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        parts = line.split()
        if len(parts) != 3 or parts[2] not in ("0", "1"):
            raise ValueError(f'{path}, line {number}: expected "query candidate 0|1", found {line[:100]!r}')
        query, candidate = (Path(name).stem for name in parts[:2])
        check_ids(path, [query, candidate])
        labelled.setdefault(query, {})[candidate] = parts[2] == "1"
    return labelled
