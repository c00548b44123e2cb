"""The published evaluation code's numbers on the published annotations, `tests/golden/metrics.json`.

Scores are made, as the golden numbers' were: a hash of the ids, plus 0.45 for relevant videos. The annotations are read
from the extracts beside the numbers; where the files themselves are at hand, the extracts are compared with them.
"""

import json
from functools import cache
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest

from hapvr.evaluation import evaluate
from hapvr.storage.scores import Scores
from tests.golden.extracts import (
    BENCHMARKS,
    Extract,
    combine_crc32,
    make_extract,
    published_id,
    read_annotations,
    read_extract,
)

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "metrics.json").read_text())
CASES = [(benchmark, case) for benchmark, cases in GOLDEN.items() for case in cases]
DROP = {"full": 0.0, "drop0.2": 0.2}

TASK_OF = {
    "evve": {"EVVE_mAP": "EVVR", "EVVE_uAP": "EVVD"},
    "svd": {"mAP": "SVR", "uAP": "SVD"},
    "cc_web_video": {"mAP": "CC_WEB", "mAP_star": "CC_WEB*", "mAP_c": "CC_WEB_c", "mAP_c_star": "CC_WEB*_c"},
}
RELEVANT = {"cc_web_video": set("ESLMV"), "evve": {"event"}, "svd": {"duplicate"}}
INCIDENTS = {"ND", "DS", "CS", "IS", "DA"}


def hashed(extract: Extract, *, start: int) -> np.ndarray:
    """A number in [0, 1) for every id, float64 [ids]. start: CRC-32 of the text that stands before the id."""
    return combine_crc32(start, extract.checksum, extract.length) / 2**32


def hashed_pairs(extract: Extract, query: str) -> np.ndarray:
    """The number of a query with every id: CRC-32 of "golden|query|id" / 2³²."""
    before = combine_crc32(crc32(b"golden|"), extract.checksum, extract.length)[int(query)]
    return hashed(extract, start=crc32(b"|", int(before)))


def made_scores(extract: Extract, *, drop: float) -> Scores:
    """`hashed_pairs`, plus 0.45 for relevant videos; a video whose own number is below `drop` is missing."""
    dataset = extract.dataset
    kept = hashed(extract, start=crc32(b"golden|drop|")) >= drop
    queries, database = ([v for v in videos if kept[int(v)]] for videos in (dataset.queries, dataset.database))
    columns = np.array([int(video) for video in database])
    labels = RELEVANT.get(dataset.name, INCIDENTS)
    similarity = np.empty((len(queries), len(database)))
    for row, query in zip(similarity, queries, strict=True):
        scores = hashed_pairs(extract, query)
        relevant = {int(v) for label, videos in dataset.relevance[query].items() if label in labels for v in videos}
        scores[list(relevant)] += 0.45
        row[:] = scores[columns]
    return Scores(queries, database, similarity)


@cache
def extract_of(benchmark: str) -> Extract:
    return read_extract(benchmark)


def test_every_number_is_compared() -> None:
    assert sorted(GOLDEN) == BENCHMARKS
    assert sum(len(GOLDEN[benchmark][case]) for benchmark, case in CASES) == 62


@pytest.mark.parametrize(("benchmark", "case"), CASES)
def test_published_numbers_are_reproduced(benchmark: str, case: str) -> None:
    extract = extract_of(benchmark)
    result = evaluate(extract.dataset, made_scores(extract, drop=DROP[case]))
    names = TASK_OF.get(benchmark, {})
    tolerance = 1e-6 if benchmark == "fivr_200k" else 1e-9
    assert set(result) == {names.get(metric, metric) for metric in GOLDEN[benchmark][case]}
    for metric, expected in GOLDEN[benchmark][case].items():
        task = names.get(metric, metric)
        found = result[task][extract.dataset.tasks[task].metric]
        assert found == pytest.approx(expected, rel=0, abs=tolerance), metric


def test_strict_falls_where_videos_are_missing() -> None:
    extract = extract_of("fivr_5k")
    whole, part = (evaluate(extract.dataset, made_scores(extract, drop=drop)) for drop in (0.0, 0.2))
    for task, result in whole.items():
        metric = extract.dataset.tasks[task].metric
        assert result[metric] == pytest.approx(result[f"{metric}_strict"])
        assert part[task][f"{metric}_strict"] < 0.8 * result[metric]
        assert part[task]["relevant"] == result["relevant"]
        assert part[task]["missing_queries"] == 16


def test_checksums_of_parts_give_the_checksum_of_the_whole() -> None:
    first, parts = b"golden|", [b"", b"|", "é".encode(), b"1/1_1_Y", bytes(11), bytes(range(255)), b"1/1_1_Z"]
    checksums = np.array([crc32(part) for part in parts], np.uint32)
    combined = combine_crc32(crc32(first), checksums, np.array([len(part) for part in parts], np.uint8))
    assert combined.tolist() == [crc32(first + part) for part in parts]


@pytest.mark.parametrize("benchmark", BENCHMARKS)
def test_extracts_are_the_published_annotations(shared: Path, benchmark: str) -> None:
    expected, found = make_extract(read_annotations(benchmark, shared / "annotations")), extract_of(benchmark)
    assert found.dataset == expected.dataset
    np.testing.assert_array_equal(found.checksum, expected.checksum)
    np.testing.assert_array_equal(found.length, expected.length)


@pytest.mark.parametrize("benchmark", BENCHMARKS)
def test_scores_from_extracts_are_those_of_the_ids(shared: Path, benchmark: str) -> None:
    dataset, extract = read_annotations(benchmark, shared / "annotations"), extract_of(benchmark)
    for query, number in list(zip(dataset.queries, extract.dataset.queries, strict=True))[:3]:
        start = crc32(f"golden|{published_id(benchmark, query)}|".encode())
        whole = [crc32(published_id(benchmark, video).encode(), start) / 2**32 for video in dataset.database]
        assert hashed_pairs(extract, number)[: len(whole)].tolist() == whole
