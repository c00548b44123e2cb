"""`hapvr import FILE --run NAME`: a checkpoint becomes the weights of a run, or nothing is written."""

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from click.testing import CliRunner

from hapvr.cli import cli
from hapvr.import_weights import import_weights
from hapvr.methods.model import load_model
from hapvr.project import Project
from hapvr.stages.adopt import adopt
from hapvr.stages.weights import weights
from tests.fetch.checkpoints import GOLDEN, network_state, saved
from tests.fetch.tables import blank_registry

ROOT = Path(__file__).parents[1]
RUNS = {
    "theirs": {"region_top_rate": 0, "frame_top_rate": 0, "minimum_frames": 4, "weights": "s2vs_vcdb"},
    "hapvr_theirs": {"region_top_rate": 0.1, "frame_top_rate": 0.03, "minimum_frames": 8, "weights": "hapvr"},
}


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Project]:
    def make(dims: int = 32) -> Project:
        content = yaml.safe_load((ROOT / "presets" / "mini.yaml").read_text(encoding="utf-8"))
        for name, run in RUNS.items():
            method = {"name": "similarity_network", **{key: run[key] for key in run if key != "weights"}}
            content["runs"][name] = {"label": name, "method": method, "losses": {}, "weights": run["weights"]}
        content["whiten"]["dims"] = dims
        (tmp_path / "params.yaml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
        (tmp_path / "dvc.yaml").write_text("stages: {}\n", encoding="utf-8")
        blank_registry(tmp_path)
        return Project(tmp_path)

    return make


GIVEN = ("params.yaml", "dvc.yaml", "registry.csv", ".registry.csv.lock", "made.pth")


def written(project: Project) -> list[str]:
    """Files beside those that make a project."""
    found = (path.relative_to(project.root).as_posix() for path in project.root.rglob("*") if path.is_file())
    return sorted(name for name in found if name not in GIVEN)


@pytest.mark.parametrize(
    ("run", "head", "case"),
    [("theirs", "visil_head", "chamfer"), ("hapvr_theirs", "comparator_module", "topk")],
)
def test_a_checkpoint_of_either_paper_with_settings_becomes_the_weights_of_its_run(
    project: Callable[..., Project], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: str, head: str, case: str
) -> None:
    made = project()
    monkeypatch.chdir(tmp_path)
    content = {"model": network_state(case, head=head), "args": argparse.Namespace(lr=0.1, path="/home/me")}
    file = saved(tmp_path / "made.pth", content)
    done = CliRunner().invoke(cli, ["import", str(file), "--run", run])
    assert done.exit_code == 0, done.output
    assert "left out of" in done.output
    assert "args (Settings)" in done.output
    assert f"`dvc repro evaluate@{run}-mini_evve` scores them" in done.output
    adopt(made, run)
    network = load_model(made.model_folders(run)["published"], dims=32)
    prefix = f"network/{case}/state/"
    with np.load(GOLDEN) as golden:
        expected = {key.removeprefix(prefix): golden[key] for key in golden.files if key.startswith(prefix)}
    found = network.state_dict()
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[name], torch.from_numpy(expected[name])) for name in expected)


def test_what_was_imported_needs_no_network_when_its_stage_runs(
    project: Callable[..., Project], tmp_path: Path
) -> None:
    made = project()
    import_weights(made, saved(tmp_path / "made.pth", {"model": network_state()}), "theirs")
    before = made.weights_file("s2vs_vcdb").read_bytes()
    # DVC empties a stage's outputs before it runs it.
    made.weights_file("s2vs_vcdb").unlink()
    (tmp_path / "made.pth").unlink()
    weights(made, "s2vs_vcdb", None, None, True)
    assert made.weights_file("s2vs_vcdb").read_bytes() == before
    # Of HAP-VR's no address is known at all.
    import_weights(made, saved(tmp_path / "made.pth", {"model": network_state("topk")}), "hapvr_theirs")
    weights(made, "hapvr", None, None, True)


def other_shape() -> dict[str, Any]:
    state = network_state()
    return {"model": state | {"attention.transform.weight": torch.zeros(16, 16)}}


class Runs:
    """Unpickled, it would run a command."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("touch ran",)


@pytest.mark.parametrize(
    ("content", "run", "message"),
    [
        (
            other_shape(),
            "theirs",
            r"attention\.transform\.weight: expected shape \[32, 32\] .*, found shape \[16, 16\]",
        ),
        (
            {"model": {"w": torch.ones(1)}},
            "theirs",
            r"not the weights of s2vs_vcdb: missing attention\.context_vector",
        ),
        ({"model": network_state(), "x": Runs()}, "theirs", r"refused: found the global (posix|nt)\.system"),
        (
            {"model": network_state()},
            "hapvr",
            r"runs\.hapvr\.weights: expected the name of .* accepted: s2vs_vcdb, s2vs",
        ),
        ({"model": network_state()}, "none", r"run 'none': not in the runs with a method of params\.yaml"),
        ({"model": network_state()}, "hapvr_normalised", r"run 'hapvr_normalised': not in the runs with a method"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_written(
    project: Callable[..., Project], tmp_path: Path, content: dict[str, Any], run: str, message: str
) -> None:
    made = project()
    with pytest.raises(ValueError, match=message):
        import_weights(made, saved(tmp_path / "made.pth", content), run)
    assert written(made) == []


def test_other_dims_are_refused_before_anything_is_written(project: Callable[..., Project], tmp_path: Path) -> None:
    made = project(dims=128)
    file = saved(tmp_path / "made.pth", {"model": network_state()})
    with pytest.raises(ValueError, match=r"expected shape \[128, 128\] .*whiten\.dims 128, found shape \[32, 32\]"):
        import_weights(made, file, "theirs")
    assert written(made) == []


def test_another_file_under_a_known_name_is_refused_with_both_hashes(
    project: Callable[..., Project], tmp_path: Path
) -> None:
    made = project()
    import_weights(made, saved(tmp_path / "made.pth", {"model": network_state()}), "theirs")
    origin = json.loads(made.weights_file("s2vs_vcdb").with_suffix(".json").read_text(encoding="utf-8"))
    with pytest.raises(ValueError, match=rf"SHA-256 \w{{64}}, expected {origin['sha256']} as recorded"):
        import_weights(made, saved(tmp_path / "made.pth", {"model": network_state("topk")}), "theirs")
