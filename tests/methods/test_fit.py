"""A method that learns in its own way, as one file, trained by the stage `train`."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from safetensors.torch import load_file

from hapvr.datasets.dataset import Dataset, write_dataset
from hapvr.project import Project
from hapvr.storage.features import write_features

ROOT = Path(__file__).parents[2]
METHOD = '''
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hapvr.methods.model import TrainingSet


class Centred(nn.Module):
    """Mean pooling after the mean of the training videos was taken off."""

    engine = "vector"
    mean: Tensor

    def __init__(self, dims: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(dims))

    def fit(self, training: TrainingSet) -> None:
        videos = [torch.from_numpy(training.features[name]).mean((0, 1)) for name in training.unlabelled]
        self.mean.copy_(torch.stack(videos).mean(0))

    def index(self, features: Tensor) -> Tensor:
        return F.normalize(features.mean((0, 1)) - self.mean, dim=0)

    def similarity(self, query: Tensor, target: Tensor) -> Tensor:
        return query @ target
'''


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A copy of the package with that method, and a training set of four videos, one of them labelled."""
    shutil.copytree(ROOT / "hapvr", tmp_path / "hapvr", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "hapvr" / "methods" / "centred.py").write_text(METHOD, encoding="utf-8")
    (tmp_path / "dvc.yaml").touch()
    content = yaml.safe_load((ROOT / "presets" / "mini.yaml").read_text(encoding="utf-8"))
    content["runs"]["centred"] = {"label": "Centred", "method": {"name": "centred"}, "losses": {}}
    content["whiten"]["dims"] = 8
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    # Read without the method, which only the copy of the package knows.
    paths = Project(tmp_path)
    random, videos = np.random.default_rng(0), [f"v{number}" for number in range(4)]
    write_dataset(
        paths.dataset_file("mini_vcdb"),
        Dataset(name="mini_vcdb", videos={name: f"videos/{name}.mp4" for name in videos}, training=videos[:3]),
    )
    for shard in (0, 1):
        features = [(name, random.normal(size=(5, 9, 8))) for name in videos[shard::2]]
        write_features(paths.features_file("mini_vcdb", shard), features)
    return paths


def train(project: Project, seed: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hapvr", "train", "centred", "--seed", str(seed)]
    environment = os.environ | {"PYTHONPATH": str(project.root)}
    return subprocess.run(command, cwd=project.root, env=environment, capture_output=True, text=True, check=False)


def test_it_learns_from_the_unlabelled_videos_and_leaves_weights_and_configuration(project: Project) -> None:
    done = train(project, 0)
    assert done.returncode == 0, done.stderr
    folder = project.model_folder("centred", "0")
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    assert (config["method"], config["losses"], config["seed"]) == ({"name": "centred"}, {}, 0)
    from hapvr.storage.features import FeatureStore

    store = FeatureStore([project.features_file("mini_vcdb", shard) for shard in (0, 1)])
    expected = np.mean([store[name].mean((0, 1)) for name in ("v0", "v1", "v2")], axis=0)
    found = load_file(folder / "weights.safetensors")["mean"]
    torch.testing.assert_close(found, torch.from_numpy(expected))


def test_it_is_trained_once_per_seed_of_the_parameters(project: Project) -> None:
    done = train(project, 7)
    assert done.returncode == 1
    assert "seed 7: not in the seeds of centred of params.yaml; accepted: 0, 1, 2" in done.stderr
    assert not (project.root / "models").exists()
