"""Counts of a dataset, beside the published ones."""

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from hapvr.datasets import READERS
from hapvr.datasets.command import describe
from hapvr.datasets.counts import beside_published, count_dataset, published_counts
from hapvr.datasets.dataset import Dataset, Task, write_dataset
from hapvr.project import Project

ROOT = Path(__file__).parents[2]

DATASET = Dataset(
    name="mini_svd",
    videos={},
    queries=["q0", "q1"],
    database=["v0", "v1", "v2", "q0"],
    relevance={"q0": {"ND": ["v0", "v1"], "IS": ["v2"]}, "q1": {"IS": ["v2"]}},
    candidates={"q0": ["v0", "v1"], "q1": ["v2"]},
    distractors=["q0"],
    easy=["v0"],
    tasks={
        "ALL": Task(metric="mAP", labels=["ND", "IS"], interpolation="step", whole_database=True),
        "ND_h": Task(metric="mAP", labels=["ND"], interpolation="step", without_easy=True),
    },
)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "params.yaml").write_text((ROOT / "presets" / "mini.yaml").read_text())
    return Project(tmp_path)


def test_everything_is_counted_once() -> None:
    assert count_dataset(DATASET) == {
        "training": 0,
        "queries": 2,
        "database": 4,
        "distractors": 1,
        "candidate pairs": 3,
        "easy duplicates": 1,
        "labelled IS": 2,
        "labelled ND": 2,
        "relevant ALL": 4,
        # Without the easy v0 there is v1, of q0 alone.
        "relevant ND_h": 1,
        "queries of ND_h": 1,
    }


@pytest.mark.parametrize(
    ("name", "differing"),
    [
        ("fivr_200k", {}),
        ("fivr_5k", {}),
        ("evve", {"database": 2375}),
        # The list of the unlabelled videos is not among the files that tests have.
        ("svd", {"distractors": 526_787}),
        ("cc_web_video", {"database": 13_129}),
        ("dns_100k", {}),
    ],
)
def test_published_datasets_agree_with_what_is_published(shared: Path, name: str, differing: dict[str, int]) -> None:
    table = beside_published(READERS[name](shared / "annotations"))
    assert (table["agrees"] == "yes").any()
    others = table[table["agrees"] == "no"]
    assert dict(zip(others["count"], others["published"], strict=True)) == differing


def test_vcdb_is_compared_with_its_distractors(tmp_path: Path) -> None:
    core, distractors = [f"c{n}" for n in range(528)], [f"d{n}" for n in range(100_000)]
    content = {"queries": core, "positives": {video: set(core[:2]) for video in core}, "dataset": distractors}
    (tmp_path / "vcdb.pickle").write_bytes(pickle.dumps(content))
    table = beside_published(READERS["vcdb"](tmp_path, found=[]))
    assert table.loc[table["agrees"] == "yes", "count"].tolist() == ["queries", "distractors"]
    assert not (table["agrees"] == "no").any()


def test_every_published_count_has_a_source_and_is_of_a_published_dataset() -> None:
    table = published_counts()
    assert set(table["dataset"]) == set(READERS)
    assert table["source"].str.len().min() > 5
    assert not table.duplicated().any()


def test_an_embedded_dataset_has_no_published_column(project: Project) -> None:
    write_dataset(project.dataset_file("mini_svd"), DATASET)
    text = describe(project, "mini_svd", None)
    assert "candidate pairs" in text
    assert text.endswith("Nothing is published to compare with.")
    assert "agrees" not in text


def test_annotations_are_read_where_they_were_fetched_to(project: Project, shared: Path) -> None:
    kept = project.dataset_folder("evve") / "annotations"
    kept.mkdir(parents=True)
    (kept / "evve.pickle").symlink_to(shared / "annotations" / "evve.pickle")
    text = describe(project, "evve", None)
    assert text.startswith(f"evve, from {kept}\n")
    assert text.endswith("3 of 4 published counts agree; others: database 2,373 here, 2,375 published.")


@pytest.fixture
def failure(project: Project) -> Callable[[str], str]:
    def message(name: str) -> str:
        with pytest.raises((ValueError, FileNotFoundError)) as caught:
            describe(project, name, None)
        return str(caught.value)

    return message


def test_absent_annotations_name_the_command_that_fetches_them(failure: Callable[[str], str]) -> None:
    text = failure("fivr_200k")
    assert "fivr_annotation.json: no such annotation file of fivr_200k; `hapvr preset paper`, then `hapvr fetch" in text
    assert "`hapvr dataset fivr_200k --annotations FOLDER`" in text
    assert "make it with `dvc repro fetch@mini_svd`" in failure("mini_svd")
    assert "dataset 'fivr': neither published nor in fetch of params.yaml; accepted: cc_web_video" in failure("fivr")
