"""The published evaluation code's numbers on the published annotations, `tests/golden/metrics.json`.

Scores are made, as the golden numbers' were: a hash of the ids, plus 0.45 for relevant videos.
"""

import json
from functools import partial
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest

from hapvr.datasets.dataset import Dataset
from hapvr.datasets.readers import READERS
from hapvr.evaluation import evaluate
from hapvr.storage.scores import Scores

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "metrics.json").read_text())

TASK_OF = {
    "evve": {"EVVE_mAP": "EVVR", "EVVE_uAP": "EVVD"},
    "svd": {"mAP": "SVR", "uAP": "SVD"},
    "cc_web_video": {"mAP": "CC_WEB", "mAP_star": "CC_WEB*", "mAP_c": "CC_WEB_c", "mAP_c_star": "CC_WEB*_c"},
}


def published_name(benchmark: str, video: str) -> str:
    """The id that the published file has, where ours differs."""
    match benchmark:
        case "svd":
            return f"{video}.mp4"
        case "cc_web_video":
            return f"{video.split('_')[0]}/{video}"
    return video


def made_scores(dataset: Dataset, *, drop: float) -> Scores:
    name = partial(published_name, dataset.name)

    def kept(video: str) -> bool:
        return crc32(f"golden|drop|{name(video)}".encode()) / 2**32 >= drop

    queries, database = ([v for v in videos if kept(v)] for videos in (dataset.queries, dataset.database))
    labels = set("ESLMV") if dataset.name == "cc_web_video" else {*["ND", "DS", "CS", "IS", "DA", "event", "duplicate"]}
    published = [name(video).encode() for video in database]
    similarity = np.empty((len(queries), len(database)))
    for row, query in zip(similarity, queries, strict=True):
        start = crc32(f"golden|{name(query)}|".encode())
        relevant = {v for label, videos in dataset.relevance[query].items() if label in labels for v in videos}
        row[:] = [crc32(video, start) for video in published]
        row /= 2**32
        row += 0.45 * np.array([video in relevant for video in database])
    return Scores(queries, database, similarity)


@pytest.mark.parametrize("case", ["full", "drop0.2"])
@pytest.mark.parametrize("benchmark", sorted(GOLDEN))
def test_published_numbers_are_reproduced(shared: Path, benchmark: str, case: str) -> None:
    if case not in GOLDEN[benchmark]:
        pytest.skip(f"no golden numbers of {benchmark} with missing videos")
    dataset = READERS[benchmark](shared / "annotations")
    result = evaluate(dataset, made_scores(dataset, drop=0.0 if case == "full" else 0.2))
    names = TASK_OF.get(benchmark, {})
    tolerance = 1e-6 if benchmark == "fivr_200k" else 1e-9
    assert set(result) == {names.get(metric, metric) for metric in GOLDEN[benchmark][case]}
    for metric, expected in GOLDEN[benchmark][case].items():
        task = names.get(metric, metric)
        assert result[task][dataset.tasks[task].metric] == pytest.approx(expected, rel=0, abs=tolerance), metric


def test_strict_falls_where_videos_are_missing(shared: Path) -> None:
    dataset = READERS["fivr_5k"](shared / "annotations")
    whole, part = (evaluate(dataset, made_scores(dataset, drop=drop)) for drop in (0.0, 0.2))
    for task, result in whole.items():
        metric = dataset.tasks[task].metric
        assert result[metric] == pytest.approx(result[f"{metric}_strict"])
        assert part[task][f"{metric}_strict"] < 0.8 * result[metric]
        assert part[task]["relevant"] == result["relevant"]
        assert part[task]["missing_queries"] == 16
