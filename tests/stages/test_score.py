"""What the stage writes, and what it refuses before it writes anything."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from hapvr.datasets.dataset import Dataset, write_dataset
from hapvr.project import Project
from hapvr.stages.freeze import freeze
from hapvr.stages.score import score
from hapvr.storage.features import write_features
from hapvr.storage.files import write_json
from hapvr.storage.scores import dtype_of, read_scores

QUERIES, DATABASE = ["q0", "q1", "gone"], ["v0", "v1", "v2", "lost"]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """The mini preset with two queries and three database videos that could be read, and a frozen model."""
    shutil.copy(Path(__file__).parents[2] / "presets" / "mini.yaml", tmp_path / "params.yaml")
    project = Project(tmp_path)
    freeze(project, "visil_f", "frozen")
    random = np.random.default_rng(0)
    videos = {name: random.standard_normal((5, 9, 8)) for name in ["q0", "q1", "v0", "v1", "v2"]}
    for shard, names in enumerate([["q0", "v0"], ["q1", "v1", "v2"]]):
        write_features(project.features_file("mini_fivr", shard), ((name, videos[name]) for name in names))
    dataset = Dataset(name="mini_fivr", videos={}, queries=QUERIES, database=DATABASE)
    write_dataset(project.dataset_file("mini_fivr"), dataset)
    return project


def test_videos_without_features_are_left_out(project: Project) -> None:
    score(project, "visil_f", "mini_fivr")
    file = project.scores_file("visil_f", "mini_fivr")
    (scores,) = read_scores(file).values()
    assert (scores.queries, scores.database) == (["q0", "q1"], ["v0", "v1", "v2"])
    assert dtype_of(file) == "float32"


def test_parts_are_put_together_to_the_same_bytes(project: Project) -> None:
    file = project.scores_file("visil_f", "mini_fivr")
    score(project, "visil_f", "mini_fivr")
    whole = file.read_bytes()
    file.unlink()
    for part in ("1/2", "0/2"):
        score(project, "visil_f", "mini_fivr", part)
        assert not file.exists()
    score(project, "visil_f", "mini_fivr")
    assert file.read_bytes() == whole
    assert not project.partial_folder("scores", "visil_f", "mini_fivr").exists()


@pytest.mark.parametrize(
    ("run", "benchmark", "part", "message"),
    [
        ("vizil", "mini_fivr", None, r"run 'vizil': not in .*accepted: hapvr, s2vs"),
        ("hapvr_normalised", "mini_fivr", None, "run 'hapvr_normalised': not in the runs with models of their own"),
        (
            "visil_f",
            "mini_vcdb",
            None,
            r"benchmark 'mini_vcdb': not in the benchmarks of visil_f .*accepted: mini_evve",
        ),
        ("visil_f", "mini_fivr", "2/2", "expected I/N"),
        ("mean_pool", "mini_fivr", None, "config.json: no such file; make it with `dvc repro freeze@mean_pool`"),
        ("visil_f", "mini_svd", None, "dataset.json: no such file; make it with `dvc repro fetch@mini_svd`"),
    ],
)
def test_nonsense_is_refused_and_nothing_is_written(project, run, benchmark, part, message) -> None:
    before = sorted(project.root.rglob("*"))
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        score(project, run, benchmark, part)
    assert sorted(project.root.rglob("*")) == before


def test_trained_run_without_weights_is_refused(project: Project) -> None:
    for member in project.members("hapvr"):
        method = project.params.method_of("hapvr")
        write_json(project.model_folder("hapvr", member) / "config.json", {"method": method})
    with pytest.raises(FileNotFoundError, match=r"weights.safetensors: no such file; .* train@hapvr-0"):
        score(project, "hapvr", "mini_fivr")


def test_missing_features_are_named_with_their_stage(project: Project) -> None:
    project.features_file("mini_fivr", 1).unlink()
    with pytest.raises(FileNotFoundError, match="features@mini_fivr-1"):
        score(project, "visil_f", "mini_fivr")
    assert not (project.root / "scores").exists()
