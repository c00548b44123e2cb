"""Published annotation files, counted."""

import json
import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hapvr.datasets import READERS
from hapvr.datasets.dataset import Dataset, read_dataset, write_dataset
from hapvr.datasets.vcdb import vcdb
from hapvr.evaluation import evaluate
from hapvr.fetch.registry import Registry
from hapvr.storage.resume import file_sha256
from hapvr.storage.scores import Scores


@pytest.fixture
def read(shared: Path) -> Callable[[str], Dataset]:
    return lambda name: READERS[name](shared / "annotations")


def test_every_reader_is_a_file_of_that_name() -> None:
    assert list(READERS) == ["cc_web_video", "dns_100k", "evve", "fivr_200k", "fivr_5k", "svd", "vcdb"]
    with pytest.raises(KeyError, match=r"'dataset' is not in hapvr\.datasets; accepted: cc_web_video, dns_100k"):
        READERS["dataset"]


def pairs(dataset: Dataset) -> int:
    return sum(len(videos) for labels in dataset.relevance.values() for videos in labels.values())


def test_fivr_200k_has_the_published_counts(read: Callable[[str], Dataset]) -> None:
    dataset = read("fivr_200k")
    assert (len(dataset.queries), len(dataset.database), len(dataset.videos)) == (100, 225_960, 225_960)
    assert set(dataset.queries) <= set(dataset.database)
    assert len(dataset.easy) == 4873
    assert list(dataset.tasks) == [
        f"{incident}V{kind}{hard}" for hard in ("", "_h") for kind in "RD" for incident in ("DS", "CS", "IS")
    ]
    assert dataset.tasks["CSVD_h"].labels == ["ND", "DS", "CS"]


def test_fivr_200k_is_the_same_from_either_published_annotation(shared: Path, read: Callable[[str], Dataset]) -> None:
    from hapvr.datasets.pickles import read_pickle

    other = read_pickle(shared / "annotations" / "fivr_audio.pickle")["annotation"]
    dataset = read("fivr_200k")
    assert {q: {label: set(v) for label, v in labels.items()} for q, labels in dataset.relevance.items()} == {
        q: {label: set(v) for label, v in labels.items()} for q, labels in other.items()
    }


def test_fivr_5k_has_the_published_counts(read: Callable[[str], Dataset]) -> None:
    dataset = read("fivr_5k")
    # All but one query are videos outside its database.
    assert (len(dataset.queries), len(dataset.database), len(dataset.videos)) == (50, 5000, 5049)
    ranked = set(dataset.database)
    assert all(ranked.issuperset(videos) for labels in dataset.relevance.values() for videos in labels.values())


def test_evve_has_the_published_counts(read: Callable[[str], Dataset]) -> None:
    dataset = read("evve")
    assert (len(dataset.queries), len(dataset.database), len(dataset.groups)) == (620, 2373, 13)
    assert len(dataset.groups["strokkur+geyser"]) == 215
    assert sorted(query for queries in dataset.groups.values() for query in queries) == dataset.queries
    assert pairs(dataset) == 135_213


def test_svd_has_the_published_counts(read: Callable[[str], Dataset]) -> None:
    dataset = read("svd")
    assert (len(dataset.queries), len(dataset.database), pairs(dataset)) == (206, 5951, 1759)
    assert dataset.candidates is not None
    assert sum(len(videos) for videos in dataset.candidates.values()) == 6355


def test_cc_web_video_has_the_published_counts(read: Callable[[str], Dataset]) -> None:
    dataset = read("cc_web_video")
    assert (len(dataset.queries), len(dataset.database)) == (24, 13_115)
    relevant = [video for labels in dataset.relevance.values() for label in "ESLMV" for video in labels.get(label, [])]
    assert len(relevant) == 3789
    # The one relevant video that the published index does not name can never be found.
    assert [video for video in relevant if video not in dataset.videos] == ["4_2005"]


def test_dns_100k_is_a_training_set_only(read: Callable[[str], Dataset]) -> None:
    dataset = read("dns_100k")
    assert (len(dataset.training), len(dataset.queries), len(dataset.tasks)) == (115_792, 0, 0)


def test_dataset_survives_its_file(read: Callable[[str], Dataset], tmp_path: Path) -> None:
    for name in ("fivr_5k", "evve", "svd", "cc_web_video"):
        dataset = read(name)
        write_dataset(tmp_path / "dataset.json", dataset)
        assert read_dataset(tmp_path / "dataset.json") == dataset


def write_vcdb(folder: Path, text: str) -> Path:
    (folder / "annotation").mkdir()
    (folder / "annotation" / "topic.txt").write_text(text)
    return folder


def test_vcdb_pairs_are_relevant_both_ways(tmp_path: Path) -> None:
    lines = (
        "a.flv,b.mp4,00:00:01,00:00:09,00:00:00,00:00:08\nb.mp4,b.mp4,0:0:1,0:0:2,0:0:5,0:0:6\n\nc.flv,b.mp4,0,1,2,3\n"
    )
    dataset = vcdb(write_vcdb(tmp_path, lines), found=["z", "a", "y"])
    assert dataset.queries == ["a", "b", "c"]
    assert dataset.database == ["a", "b", "c", "y", "z"]
    assert dataset.relevance == {"a": {"copy": ["b"]}, "b": {"copy": ["a", "c"]}, "c": {"copy": ["b"]}}
    assert dataset.training == ["y", "z"], "what the annotation does not name is for training"
    assert set(dataset.videos) == set("abcyz")


def test_vcdb_ranks_the_core_alone_and_with_the_distractors(tmp_path: Path) -> None:
    dataset = vcdb(write_vcdb(tmp_path, "a.flv,b.mp4,0,1,2,3\n"), found=["a", "b", "y", "z"])
    # b comes after both distractors for a, and before them for b.
    scores = Scores(["a", "b"], ["a", "b", "y", "z"], np.array([[1, 0.3, 0.5, 0.4], [0.8, 1, 0.1, 0.2]]))
    result = evaluate(dataset, scores)
    assert [result[task][metric] for task, metric in (("VCR", "mAP"), ("VCD", "uAP"))] == [1, 1]
    assert result["VCR*"]["mAP"] == pytest.approx((1 / 3 + 1) / 2)
    # One list: (b, a) 0.8, (a, y) 0.5, (a, z) 0.4, (a, b) 0.3, …
    assert result["VCD*"]["uAP"] == pytest.approx((1 + 2 / 4) / 2)


def write_vcdb_pickle(folder: Path, **changes: Any) -> Path:
    """As S2VS has it: `queries`, `positives` and `dataset`."""
    content = {"queries": ["b", "a", "c"], "positives": {"a": {"b"}, "b": {"a", "b", "c", "elsewhere"}, "c": {"b"}}}
    content |= {"dataset": ["z", "y"]} | changes
    (folder / "vcdb.pickle").write_bytes(pickle.dumps(content))
    return folder


def test_vcdb_of_s2vs_is_that_of_its_publisher(tmp_path: Path) -> None:
    lines = "a.flv,b.mp4,0,1,2,3\nc.flv,b.mp4,0,1,2,3\n"
    expected = vcdb(write_vcdb(tmp_path, lines), found=["a", "b", "c", "y", "z"])
    (tmp_path / "pickled").mkdir()
    assert vcdb(write_vcdb_pickle(tmp_path / "pickled"), found=[]) == expected
    # Beside the publisher's, it is the one that says which distractors are missing.
    assert vcdb(write_vcdb_pickle(tmp_path), found=["a", "b", "c", "x"]) == expected


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"queries": {}}, "vcdb.pickle: queries: expected a list, found dict"),
        ({"dataset": None}, "vcdb.pickle: dataset: expected a list, found NoneType"),
        ({"positives": {"a": {"b"}}}, "vcdb.pickle: positives: b: expected a set, found no such key"),
        ({"positives": {"a": {"b"}, "b": "a", "c": set()}}, "vcdb.pickle: positives: b: expected a set, found str"),
        ({"dataset": ["../z"]}, "expected video ids that can be file names, found '../z'"),
    ],
)
def test_wrong_keys_of_vcdb_are_named(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        vcdb(write_vcdb_pickle(tmp_path, **changes), found=[])


def test_wrong_lines_are_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"topic\.txt, line 2: expected \"video,video,start"):
        vcdb(write_vcdb(tmp_path, "a.flv,b.flv,0,1,2,3\na.flv b.flv\n"), found=[])
    (tmp_path / "svd_test_groundtruth.txt").write_text("q.mp4 c.mp4 1\nq.mp4 d.mp4 2\n")
    with pytest.raises(ValueError, match=r"svd_test_groundtruth\.txt, line 2: expected \"query candidate 0\|1\""):
        READERS["svd"](tmp_path)


def test_absent_vcdb_annotation_says_where_to_put_it(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="request VCDB from its publisher and put its folder `annotation` there"):
        vcdb(tmp_path, found=[])


@pytest.mark.parametrize("video", ["../../etc/passwd", "a/b", "..", "", "a b", 7])
def test_ids_that_escape_a_folder_are_refused(tmp_path: Path, video: Any) -> None:
    content = {"annotation": {"e": ({video}, set(), set())}, "queries": [video], "database": ["ok"]}
    (tmp_path / "evve.pickle").write_bytes(pickle.dumps(content))
    with pytest.raises(ValueError, match="expected video ids that can be file names"):
        READERS["evve"](tmp_path)


def test_missing_keys_are_named(tmp_path: Path) -> None:
    (tmp_path / "evve.pickle").write_bytes(pickle.dumps({"annotation": {}, "queries": {}}))
    with pytest.raises(ValueError, match=r"evve\.pickle: queries: expected a list, found dict"):
        READERS["evve"](tmp_path)
    (tmp_path / "fivr_annotation.json").write_text(json.dumps(["no"]))
    with pytest.raises(ValueError, match="expected a dict, found list"):
        READERS["fivr_200k"](tmp_path)


def test_recorded_checksums_are_those_of_the_files_these_counts_come_from(shared: Path) -> None:
    rows = {row.name: row for row in Registry(Path(__file__).parents[2] / "registry.csv").rows()}
    present = [path for path in (shared / "annotations").iterdir() if path.name in rows]
    assert len(present) == 8
    for path in present:
        assert (rows[path.name].sha256, rows[path.name].bytes) == (file_sha256(path), path.stat().st_size)
