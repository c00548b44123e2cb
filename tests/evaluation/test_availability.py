"""What was found of a benchmark, and what was lost with the rest."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml

from hapvr.datasets import READERS
from hapvr.datasets.dataset import Dataset, Task, write_dataset
from hapvr.evaluation import evaluate
from hapvr.evaluation.availability import UNRECORDED, count_available, kind_of
from hapvr.project import Project
from hapvr.stages.availability import availability, list_found
from hapvr.stages.evaluate import evaluate as evaluate_stage
from hapvr.storage.features import write_features
from hapvr.storage.resume import file_sha256
from hapvr.storage.scores import Scores, write_scores
from hapvr.video.failures import Failure, write_failures

ROOT = Path(__file__).parents[2]
BENCHMARK = "mini_evve"
DATASET = Dataset(
    name=BENCHMARK,
    videos={},
    queries=["q0", "q1", "q2"],
    database=["v0", "v1", "v2", "v3"],
    relevance={"q0": {"ND": ["v0"], "DS": ["v1"]}, "q1": {"ND": ["v1", "v2"]}, "q2": {"DS": ["v3"]}},
    tasks={
        "N": Task(metric="mAP", labels=["ND"], interpolation="step"),
        "D": Task(metric="uAP", labels=["ND", "DS"], interpolation="step"),
    },
)
FAILURES = [
    Failure("q1", "gone", 0.0),
    Failure("v0", "damaged: packet 7", 3.0),
    Failure("v1", "other: HTTP error 410", 0.0),
    Failure("v2", "other: HTTP error 500", 0.0),
]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """q1, v1 and v2 were not found; v0 was read in part."""
    shutil.copy(ROOT / "presets" / "mini.yaml", tmp_path / "params.yaml")
    project = Project(tmp_path)
    write_dataset(project.dataset_file(BENCHMARK), DATASET)
    for shard in project.params.shards:
        videos = [video for video in ("q0", "q2", "v0", "v3") if shard == 0]
        write_features(project.features_file(BENCHMARK, shard), [(video, np.zeros((1, 9, 2))) for video in videos])
        write_failures(project.failures_file(BENCHMARK, shard), FAILURES[shard::2] if shard < 2 else [])
    return project


def restrict_to(project: Project, value: object) -> Project:
    """The same project with another `evaluate.restrict_to`."""
    path = project.root / "params.yaml"
    content = yaml.safe_load(path.read_text())
    content["evaluate"]["restrict_to"] = value
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    return Project(project.root)


def written(project: Project) -> dict:
    availability(project, BENCHMARK)
    return json.loads((project.reports / "metrics" / BENCHMARK / "availability.json").read_text())


def test_counts_are_by_reason_and_pairs_by_task(project: Project) -> None:
    assert written(project) == {
        "queries": {"asked": 3, "found": 2, "missing": {"gone": 1}},
        "database": {"asked": 4, "found": 2, "missing": {"other": 2}},
        # N: q0-v0 is left of q0-v0, q1-v1, q1-v2; D: q0-v0 and q2-v3 of these, q0-v1 and q2-v3.
        "relevant_pairs": {"N": {"asked": 3, "lost": 2}, "D": {"asked": 5, "lost": 3}},
        "read_in_part": 1,
    }


def test_a_missing_video_without_a_recorded_reason_is_counted_too(project: Project) -> None:
    for shard in project.params.shards:
        project.failures_file(BENCHMARK, shard).unlink()
    assert written(project)["queries"] == {"asked": 3, "found": 2, "missing": {UNRECORDED: 1}}


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("gone", "gone"),
        ("other: HTTP error 410", "other"),
        ("pictures of 9,000 × 20 pixels, more than the limit of 8192 a side", "pictures of N × N pixels, more than"),
        ("", UNRECORDED),
        (": odd", UNRECORDED),
    ],
)
def test_reasons_of_one_kind_are_counted_together(reason: str, kind: str) -> None:
    assert kind_of(reason).startswith(kind)


def test_nothing_found_is_all_lost() -> None:
    found = count_available(DATASET, set(), {})
    assert found["database"] == {"asked": 4, "found": 0, "missing": {UNRECORDED: 4}}
    assert found["relevant_pairs"]["D"] == {"asked": 5, "lost": 5}


def test_restriction_is_stated_with_what_was_found_of_it(project: Project) -> None:
    (project.root / "shared.txt").write_text("q0\nv0\nv1\n")
    content = written(restrict_to(project, {BENCHMARK: "shared.txt"}))
    assert content["queries"] == {"asked": 3, "found": 2, "missing": {"gone": 1}}
    assert content["restricted_to"] == {
        "list": "shared.txt",
        "sha256": file_sha256(project.root / "shared.txt"),
        "queries": {"asked": 1, "found": 1, "missing": {}},
        "database": {"asked": 2, "found": 1, "missing": {"other": 1}},
        "relevant_pairs": {"N": {"asked": 1, "lost": 0}, "D": {"asked": 2, "lost": 1}},
    }


def test_what_was_found_is_a_list_to_restrict_to(project: Project) -> None:
    assert list_found(project, BENCHMARK) == ["q0", "q2", "v0", "v3"]
    (project.root / "found.txt").write_text("\n".join(list_found(project, BENCHMARK)))
    restricted = written(restrict_to(project, {BENCHMARK: "found.txt"}))["restricted_to"]
    assert restricted["queries"]["missing"] == restricted["database"]["missing"] == {}
    assert all(pairs["lost"] == 0 for pairs in restricted["relevant_pairs"].values())


def test_results_of_a_restricted_benchmark_say_so_and_others_have_the_same_bytes(project: Project) -> None:
    similarity = np.array([[0.1, 0.9, 0.8, 0.7], [0.5, 0.4, 0.3, 0.2], [0.1, 0.2, 0.3, 0.4]], np.float32)
    scores = Scores(DATASET.queries, DATASET.database, similarity)
    write_scores(project.scores_file("hapvr", BENCHMARK), {"0": scores}, dtype="float32")
    file = project.reports / "metrics" / BENCHMARK / "hapvr.json"
    evaluate_stage(project, "hapvr", BENCHMARK)
    whole = file.read_bytes()
    assert "restricted_to" not in json.loads(whole)
    evaluate_stage(restrict_to(project, {"mini_svd": "other.txt"}), "hapvr", BENCHMARK)
    assert file.read_bytes() == whole
    (project.root / "list.txt").write_text("q0\nq1\nv0\nv1\n")
    evaluate_stage(restrict_to(project, {BENCHMARK: "list.txt"}), "hapvr", BENCHMARK)
    result = json.loads(file.read_text())
    assert result["restricted_to"] == {"list": "list.txt", "queries": 2, "database": 2}
    assert result["missing"]["database_of"] == 2
    # q0 finds v0 behind v1, q1 finds v1 behind v0.
    assert result["N"]["mAP"] == pytest.approx(1 / 2)


@pytest.mark.parametrize("name", ["evve", "svd", "cc_web_video", "fivr_5k"])
def test_lost_pairs_are_those_that_evaluation_calls_missing(shared: Path, name: str) -> None:
    dataset = READERS[name](shared / "annotations")
    draw = np.random.default_rng(0)
    found = {video for video in sorted({*dataset.queries, *dataset.database}) if draw.random() < 0.7}
    queries = [query for query in dataset.queries if query in found]
    database = [video for video in dataset.database if video in found]
    similarity = np.zeros((len(queries), len(database)), np.float32)
    counts = count_available(dataset, found, {})
    for task, result in evaluate(dataset, Scores(queries, database, similarity)).items():
        assert counts["relevant_pairs"][task] == {"asked": result["relevant"], "lost": result["missing_relevant"]}
    assert counts["database"]["found"] == len(database) < counts["database"]["asked"] == len(dataset.database)


@pytest.fixture
def params_error(project: Project) -> Callable[..., str]:
    def error(value: object) -> str:
        with pytest.raises(ValueError) as caught:  # noqa: PT011
            assert restrict_to(project, value).params
        return str(caught.value)

    return error


def test_a_list_is_of_one_benchmark(params_error: Callable[..., str]) -> None:
    assert "write {mini_evve: list.txt}, and leave out those" in params_error("list.txt")
    assert "evaluate.restrict_to: 'mini_vcdb' is not in benchmarks" in params_error({"mini_vcdb": "list.txt"})


def test_unknown_benchmark_and_missing_features_are_named(project: Project) -> None:
    with pytest.raises(ValueError, match="benchmark 'mini_vcdb': not in benchmarks of params"):
        availability(project, "mini_vcdb")
    project.features_file(BENCHMARK, 0).unlink()
    with pytest.raises(FileNotFoundError, match=r"dvc repro features@mini_evve-0"):
        availability(project, BENCHMARK)
