"""What the stage reads, and what it writes."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from hapvr.datasets.dataset import Dataset, write_dataset
from hapvr.methods.model import load_model
from hapvr.project import Project
from hapvr.similarity import score
from hapvr.stages.freeze import freeze
from hapvr.stages.normalise import normalise
from hapvr.storage.features import write_features
from hapvr.storage.scores import Scores, dtype_of, read_scores, write_scores

DIMS = 8
QUERIES, DATABASE, TRAINING = ["q0", "q1"], ["v0", "v1", "v2"], ["t0", "t1", "t2", "t3", "t4"]
GIVEN = np.arange(6, dtype=np.float32).reshape(2, 3) / 10


@pytest.fixture
def features() -> dict[str, np.ndarray]:
    """Query q0 is in the labelled part of the training set too, where nothing is more similar to it."""
    random = np.random.default_rng(0)
    videos = {name: random.standard_normal((5, 9, DIMS)) for name in [*QUERIES, *TRAINING]}
    unit = {name: (video / np.linalg.norm(video, axis=2, keepdims=True)) for name, video in videos.items()}
    return {name: video.astype(np.float16) for name, video in (unit | {"labelled": unit["q0"]}).items()}


@pytest.fixture
def project(tmp_path: Path, features: dict[str, np.ndarray]) -> Project:
    """Scores that no model gave, and no features of the database: the stage cannot score it again."""
    shutil.copy(Path(__file__).parents[2] / "presets" / "mini.yaml", tmp_path / "params.yaml")
    project = Project(tmp_path)
    freeze(project, "visil_f", "frozen")
    # t4 could not be read.
    held = {"mini_fivr": [["q0"], ["q1"]], "mini_vcdb": [["labelled", "t0", "t2"], ["t1", "t3"]]}
    for dataset, shards in held.items():
        for shard, names in enumerate(shards):
            write_features(project.features_file(dataset, shard), ((name, features[name]) for name in names))
    write_dataset(project.dataset_file("mini_vcdb"), Dataset(name="mini_vcdb", videos={}, training=TRAINING))
    members = {"frozen": Scores(QUERIES, DATABASE, GIVEN)}
    write_scores(project.scores_file("visil_f", "mini_fivr"), members, dtype="float32")
    return project


def test_training_videos_that_could_be_read_are_the_background(project: Project, features: dict) -> None:
    normalise(project, "visil_f_normalised", "mini_fivr")
    model = load_model(project.model_folder("visil_f", "frozen"), DIMS)
    names = TRAINING[:-1]
    background = score(
        model, [features[q] for q in QUERIES], [features[t] for t in names], device="cpu", memory_gb=1
    ).astype(np.float64)
    (member,) = read_scores(project.scores_file("visil_f_normalised", "mini_fivr")).items()
    assert (member[0], member[1].queries, member[1].database) == ("frozen", QUERIES, DATABASE)
    expected = GIVEN - np.sort(background, axis=1)[:, 1:].mean(axis=1, keepdims=True)
    np.testing.assert_allclose(member[1].similarity, expected, atol=1e-6)


def test_number_format_of_the_scores_is_kept(project: Project) -> None:
    file = project.scores_file("visil_f", "mini_fivr")
    write_scores(file, read_scores(file), dtype="bfloat16")
    normalise(project, "visil_f_normalised", "mini_fivr")
    assert dtype_of(project.scores_file("visil_f_normalised", "mini_fivr")) == "bfloat16"


def test_same_inputs_give_the_same_bytes_and_nothing_is_left_behind(project: Project) -> None:
    written = project.scores_file("visil_f_normalised", "mini_fivr")
    contents = []
    for _ in range(2):
        normalise(project, "visil_f_normalised", "mini_fivr")
        contents.append(written.read_bytes())
    assert contents[0] == contents[1]
    assert not list((project.root / "data").glob(".partial/normalise/*/*"))


def test_members_are_those_of_the_run_it_is_of(project: Project) -> None:
    assert project.members("hapvr_normalised") == project.members("hapvr") == ["0", "1", "2"]
    assert project.members("visil_f_normalised") == ["frozen"]


def test_run_that_normalises_no_other_is_refused(project: Project) -> None:
    with pytest.raises(ValueError, match=r"run 'visil_f': not in the runs that are `of` another.*: hapvr_normalised"):
        normalise(project, "visil_f", "mini_fivr")


def test_missing_scores_are_named_with_their_stage(project: Project) -> None:
    project.scores_file("visil_f", "mini_fivr").unlink()
    with pytest.raises(FileNotFoundError, match="score@visil_f-mini_fivr"):
        normalise(project, "visil_f_normalised", "mini_fivr")


def test_scores_of_a_query_without_features_are_refused(project: Project, features: dict[str, np.ndarray]) -> None:
    write_features(project.features_file("mini_fivr", 1), [("another", features["q1"])])
    with pytest.raises(ValueError, match=r"mini_fivr.h5: query 'q1' has no features now; .*score@visil_f-mini_fivr"):
        normalise(project, "visil_f_normalised", "mini_fivr")
    assert not project.scores_file("visil_f_normalised", "mini_fivr").exists()


def test_scores_of_other_members_than_the_models_are_refused(project: Project) -> None:
    file = project.scores_file("visil_f", "mini_fivr")
    write_scores(file, {"0": Scores(QUERIES, DATABASE, GIVEN)}, dtype="float32")
    with pytest.raises(
        ValueError, match=r"mini_fivr.h5: expected scores of frozen, found 0; .*score@visil_f-mini_fivr"
    ):
        normalise(project, "visil_f_normalised", "mini_fivr")
