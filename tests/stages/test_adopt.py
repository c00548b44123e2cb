"""From a published checkpoint to a model that scores as the published code does, and a published whitening."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml

from hapvr.features.whitening import Whitening
from hapvr.methods.model import load_model
from hapvr.params import Params
from hapvr.project import Project
from hapvr.stages.adopt import adopt
from hapvr.stages.whiten import whiten
from tests.fetch.checkpoints import GOLDEN, network_state, saved
from tests.fetch.server import Site, serve
from tests.fetch.tables import blank_registry

ROOT = Path(__file__).parents[2]
WHITENING = Path(__file__).parents[1] / "golden" / "whitening.npz"
# S2VS needs four frames, as golden videos have.
S2VS = {"name": "similarity_network", "region_top_rate": 0, "frame_top_rate": 0, "minimum_frames": 4}


def with_published(**changes: Any) -> dict[str, Any]:
    content = yaml.safe_load((ROOT / "presets" / "mini.yaml").read_text(encoding="utf-8"))
    run = {"label": "S2VS, published", "method": S2VS, "losses": {}, "weights": "s2vs_vcdb"}
    content["runs"] = {"s2vs_published": run | changes} | content["runs"]
    content["whiten"]["dims"] = 32
    return content


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Project]:
    def make(content: dict[str, Any] | None = None) -> Project:
        text = yaml.safe_dump(content or with_published(), sort_keys=False)
        (tmp_path / "params.yaml").write_text(text, encoding="utf-8")
        shutil.copy(ROOT / "dvc.yaml", tmp_path / "dvc.yaml")
        blank_registry(tmp_path)
        return Project(tmp_path)

    return make


def hapvr(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hapvr", *arguments],
        cwd=folder, env={"PYTHONPATH": str(ROOT), "PATH": ""}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_published_weights_score_as_the_published_code_does(project: Callable[..., Project], tmp_path: Path) -> None:
    made = project()
    content = saved(tmp_path / "made.pth", {"model": network_state(), "global_step": 1}).read_bytes()
    with serve(Site({"/s2vs_vcdb.pth": content})) as site:
        done = hapvr(tmp_path, "weights", "s2vs_vcdb", "--mirror", site.address)
    assert done.returncode == 0, done.stderr
    assert "`weights: s2vs_vcdb`" in done.stdout
    done = hapvr(tmp_path, "adopt", "s2vs_published")
    assert done.returncode == 0, done.stderr
    folder = made.model_folders("s2vs_published")["published"]
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    assert (config["method"], config["weights"], len(config["sha256"])) == (S2VS, "s2vs_vcdb", 64)
    model = load_model(folder, 32)
    with np.load(GOLDEN) as golden:
        videos = [model.index(torch.from_numpy(golden[f"network/chamfer/video{number}"])) for number in range(5)]
        expected = torch.from_numpy(golden["network/chamfer/similarity"])
    found = torch.stack([torch.stack([model.similarity(query, target) for target in videos]) for query in videos])
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)


def test_missing_weights_are_named_with_the_command_that_fetches_them(project: Callable[..., Project]) -> None:
    with pytest.raises(FileNotFoundError, match=r"weights/s2vs_vcdb\.safetensors: .*`hapvr weights s2vs_vcdb`"):
        adopt(project(), "s2vs_published")
    with pytest.raises(FileNotFoundError, match=r"`dvc repro adopt@s2vs_published`"):
        project().model_folders("s2vs_published")
    with pytest.raises(ValueError, match=r"run 'hapvr': not in the runs with published weights .*s2vs_published"):
        adopt(project(), "hapvr")


def test_weights_of_other_dims_are_refused_with_both_shapes(project: Callable[..., Project], tmp_path: Path) -> None:
    content = with_published()
    content["whiten"]["dims"] = 128
    made = project(content)
    own = saved(tmp_path / "made.pth", {"model": network_state()})
    assert hapvr(tmp_path, "weights", "s2vs_vcdb", "--from", str(own)).returncode == 0
    expected = (
        r"s2vs_vcdb\.safetensors: attention\.transform\.weight: expected shape \[128, 128\] for similarity_network, "
        r".*whiten\.dims 128, found shape \[32, 32\]"
    )
    with pytest.raises(ValueError, match=expected):
        adopt(made, "s2vs_published")
    assert not made.model_folder("s2vs_published", "published").exists()


def test_a_run_with_published_weights_is_not_trained() -> None:
    params = Params.model_validate(with_published())
    assert params.adopted == ["s2vs_published"]
    assert params.members("s2vs_published") == ["published"]
    assert "s2vs_published" not in [*params.trained, *params.untrained, *params.frozen]
    assert Params.model_validate(yaml.safe_load((ROOT / "presets" / "mini.yaml").read_text())).adopted == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"losses": {"infonce": "base"}}, r"expected losses: \{\} and no seeds, found infonce"),
        ({"seeds": [0]}, r"and no seeds, found seeds \[0\]"),
        ({"weights": "s2vs"}, r"runs\.s2vs_published\.weights: 's2vs' is not in the published weights .*s2vs_vcdb"),
        ({"weights": "resnet50"}, r"'resnet50' is not in the published weights of methods"),
        (
            {"weights": "visil"},
            r"visil is of visil, found method similarity_network; accepted: s2vs_vcdb, s2vs_dns",
        ),
    ],
)
def test_published_weights_stand_for_a_training(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Params.model_validate(with_published(**changes))


def test_a_published_whitening_is_adopted_without_a_training_set(project: Callable[..., Project]) -> None:
    content = with_published()
    content["whiten"] |= {"published": "weights/whitening.safetensors", "dims": 4}
    made = project(content)
    with pytest.raises(FileNotFoundError, match=r"whitening\.safetensors: no such file; `hapvr weights whitening`"):
        whiten(made, "efficientnet_lite0")
    published = Whitening(torch.zeros(6), torch.arange(6, 0, -1.0), torch.eye(6))
    (made.root / "weights").mkdir()
    published.save(made.root / "weights" / "whitening.safetensors")
    whiten(made, "efficientnet_lite0")
    found = Whitening.load(made.whitening_file("efficientnet_lite0"))
    assert torch.equal(found.directions, torch.eye(6)[:, :4])
    assert found.variances.tolist() == [6, 5, 4, 3]


def test_the_published_pca_whitens_as_the_published_code_does(project: Callable[..., Project], tmp_path: Path) -> None:
    """From the file with mean, d and V to the whitening that the stage `features` uses."""
    content = with_published()
    content["whiten"] |= {"published": "weights/whitening.safetensors", "dims": 16}
    made = project(content)
    with np.load(WHITENING) as arrays:
        golden = {name: torch.from_numpy(array) for name, array in arrays.items()}
    pca = saved(tmp_path / "pca.pth", {name: golden[name] for name in ("mean", "d", "V")})
    done = hapvr(tmp_path, "weights", "whitening", "--from", str(pca))
    assert done.returncode == 0, done.stderr
    whiten(made, "efficientnet_lite0")
    found = Whitening.load(made.whitening_file("efficientnet_lite0"))
    torch.testing.assert_close(found(golden["input"]), golden["output"], rtol=0, atol=1e-5)


def test_a_whitening_is_named_by_its_converted_file() -> None:
    content = with_published()
    content["whiten"]["published"] = "pca.pth"
    with pytest.raises(ValueError, match=r"weights/whitening\.safetensors, found pca\.pth; `hapvr weights whitening`"):
        Params.model_validate(content)
