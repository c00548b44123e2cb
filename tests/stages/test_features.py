"""Stages `whiten` and `features` refuse what is not there before anything is written."""

import shutil
from pathlib import Path

import pytest

from hapvr.datasets.dataset import Dataset, write_dataset
from hapvr.project import Project
from hapvr.stages.features import features
from hapvr.stages.whiten import whiten
from hapvr.storage.frames import write_frames

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """The mini preset with a training set of which no video was readable."""
    shutil.copy(ROOT / "presets" / "mini.yaml", tmp_path / "params.yaml")
    project = Project(tmp_path)
    write_dataset(project.dataset_file("mini_vcdb"), Dataset(name="mini_vcdb", videos={"a": "a"}, training=["a"]))
    write_frames(project.frames_file("mini_vcdb", 0), [])
    return project


def files(project: Project) -> list[Path]:
    return sorted(project.root.rglob("*"))


def test_only_the_backbone_of_the_parameters_is_whitened(project: Project) -> None:
    before = files(project)
    with pytest.raises(ValueError, match=r"backbone 'resnet50': not in backbone of params\.yaml; accepted: efficient"):
        whiten(project, "resnet50")
    assert files(project) == before


def test_missing_frames_of_the_training_set_are_named(project: Project) -> None:
    before = files(project)
    with pytest.raises(
        FileNotFoundError, match=r"frames/1\.h5: no such file; make it with `dvc repro frames@mini_vcdb-1`"
    ):
        whiten(project, "efficientnet_lite0")
    assert files(project) == before


def test_a_training_set_without_a_readable_video_is_an_error(project: Project) -> None:
    write_frames(project.frames_file("mini_vcdb", 1), [])
    with pytest.raises(ValueError, match=r"no training video could be read; see the \*\.failures\.csv there"):
        whiten(project, "efficientnet_lite0")


@pytest.mark.parametrize(
    ("dataset", "shard", "message"),
    [
        ("mini_vcbd", 0, "dataset 'mini_vcbd': not in datasets of params.yaml; accepted: .*mini_vcdb"),
        ("mini_vcdb", 9, "shard 9: not in shards of params.yaml; accepted: 0, 1"),
        ("mini_vcdb", 1, "1.h5: no such file; make it with `dvc repro frames@mini_vcdb-1`"),
        ("mini_vcdb", 0, "safetensors: no such file; make it with `dvc repro whiten@efficientnet_lite0`"),
    ],
)
def test_features_of_what_is_not_there_are_refused(project: Project, dataset: str, shard: int, message: str) -> None:
    before = files(project)
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        features(project, dataset, shard)
    assert files(project) == before
