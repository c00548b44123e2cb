import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from safetensors.torch import load_file

from hapvr.methods.model import load_model
from hapvr.project import Project
from hapvr.stages.freeze import freeze
from hapvr.stages.train import batch_source, train
from hapvr.storage.views import read_views, write_views
from hapvr.training.checkpoint import unpack

DIMS = 16


def content(project: Project, run: str, seed: int) -> dict[str, bytes]:
    """Every file of a training's results, times left out."""
    folder = project.model_folder(run, str(seed))
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_two_trainings_give_the_same_bytes(make_project: Callable[..., Project]) -> None:
    project = make_project()
    train(project, "hapvr", 0)
    first = content(project, "hapvr", 0)
    torch.rand(3)
    train(project, "hapvr", 0)
    assert {"config.json", "weights.safetensors", "live/metrics.json", "live/plots/metrics/total.tsv"} <= first.keys()
    assert content(project, "hapvr", 0) == first


def test_seeds_give_different_weights(make_project: Callable[..., Project]) -> None:
    project = make_project()
    train(project, "hapvr", 0)
    train(project, "hapvr", 1)
    weights = [content(project, "hapvr", seed)["weights.safetensors"] for seed in (0, 1)]
    assert weights[0] != weights[1]


def test_another_run_or_seed_in_the_parameters_changes_nothing(make_project: Callable[..., Project]) -> None:
    train(make_project(seeds=[0]), "s2vs", 0)
    first = content(make_project(seeds=[0]), "s2vs", 0)
    project = make_project(seeds=[0, 1, 2, 3])
    train(project, "s2vs", 0)
    assert content(project, "s2vs", 0) == first


def test_training_leaves_the_settings_of_torch_as_they_were(make_project: Callable[..., Project]) -> None:
    torch.manual_seed(5)
    expected = torch.rand(2)
    torch.manual_seed(5)
    train(make_project(), "s2vs", 0)
    assert torch.equal(torch.rand(2), expected)
    assert not torch.are_deterministic_algorithms_enabled()


def test_the_configuration_is_exact_and_loads_as_a_model(make_project: Callable[..., Project]) -> None:
    project = make_project()
    train(project, "hapvr", 1)
    folder = project.model_folder("hapvr", "1")
    config = json.loads((folder / "config.json").read_text())
    assert config["method"] == project.params.method_of("hapvr")
    assert list(config["losses"].items()) == list(project.params.losses_of("hapvr").items())
    assert config["seed"] == 1
    assert config["train"]["steps"] == 4
    assert (config["processes"], config["last_step"], config["kept_step"]) == (1, 4, 4)
    assert load_model(folder, DIMS).region_top_rate == project.params.method_of("hapvr")["region_top_rate"]


def column(folder: Path, name: str) -> dict[int, float]:
    """One column of a log, by step."""
    with (folder / "plots" / "metrics" / f"{name}.tsv").open() as file:
        return {int(row["step"]): float(row[name]) for row in csv.DictReader(file, delimiter="\t")}


def test_every_term_norm_rate_and_validation_is_logged(make_project: Callable[..., Project]) -> None:
    project = make_project()
    train(project, "s2vs", 0)
    folder = project.live_folder("s2vs", "0")
    weights = {"infonce": 1, "hard_negative": 3, "self_similarity": 3, "range_penalty": 1}
    others = {"learning_rate", "total", "gradient_norm", "validation_mAP"}
    assert {path.stem for path in (folder / "plots" / "metrics").iterdir()} == weights.keys() | others
    terms = {name: column(folder, name) for name in weights}
    for step, total in column(folder, "total").items():
        assert total == pytest.approx(sum(weight * terms[name][step] for name, weight in weights.items()), rel=1e-5)
    assert list(column(folder, "total")) == [1, 2, 3, 4]
    assert list(column(folder, "validation_mAP")) == [2, 4]
    assert json.loads((folder / "metrics.json").read_text())["total"] == column(folder, "total")[4]


def test_the_time_of_every_step_is_logged_outside_of_the_results(make_project: Callable[..., Project]) -> None:
    project = make_project()
    began = time.monotonic()
    train(project, "s2vs", 0)
    times = column(project.times_folder("s2vs", "0"), "step_s")
    assert list(times) == [1, 2, 3, 4]
    assert 0 < sum(times.values()) < time.monotonic() - began
    assert not project.times_folder("s2vs", "0").is_relative_to(project.model_folder("s2vs", "0"))


def test_a_loss_that_is_not_finite_ends_the_command_and_leaves_the_last_good_checkpoint(
    make_project: Callable[..., Project],
) -> None:
    project = make_project(steps=30, checkpoint_every=1)
    shards = [read_views([project.views_file(shard)], memory_gb=1) for shard in project.params.shards]
    source = batch_source(project, 0)
    seen = [set().union(*source.batch(number).sources) for number in range(30)]
    # A video that is first seen after some good steps.
    step, video = max((min(n for n in range(30) if name in seen[n]), name) for name in set().union(*seen))
    assert step >= 1
    for shard, views in enumerate(shards):
        broken = [replace(view, features=view.features * np.inf) if video in view.sources else view for view in views]
        write_views(project.views_file(shard), broken)
    command = [sys.executable, "-m", "hapvr", "train", "hapvr", "--seed", "0"]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run(command, cwd=project.root, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 1
    assert f"hapvr: training stopped at step {step + 1}: a loss or gradient is not finite (" in done.stderr
    assert "total nan" in done.stderr
    assert all(name in done.stderr for name in seen[step])
    assert "Traceback" not in done.stderr
    kept = project.root / "data" / ".partial" / "train" / "hapvr" / "0" / "checkpoint.safetensors"
    assert len(unpack(kept.read_bytes())[1]["rows"]) == step
    assert not (project.model_folder("hapvr", "0") / "weights.safetensors").exists()
    assert list(column(project.live_folder("hapvr", "0"), "total")) == list(range(1, step + 1))


def test_a_run_is_trained_with_its_own_values_and_another_as_without_them(make_project: Callable[..., Project]) -> None:
    project = make_project()
    train(project, "hapvr", 0)
    before = content(project, "hapvr", 0)
    file = project.root / "params.yaml"
    params = yaml.safe_load(file.read_text(encoding="utf-8"))
    params["runs"]["s2vs"]["train"] = {"steps": 3, "window": 12, "learning_rate": 0.00005, "validation_every": 3}
    file.write_text(yaml.safe_dump(params, sort_keys=False), encoding="utf-8")
    project = Project(project.root)
    assert batch_source(project, 0, run="s2vs").batch(0).features.shape[1] == 12
    for run in ("s2vs", "hapvr"):
        train(project, run, 0)
    assert content(project, "hapvr", 0) == before
    config = json.loads((project.model_folder("s2vs", "0") / "config.json").read_text())
    own = {key: config["train"][key] for key in ("steps", "window", "learning_rate", "pairs", "validation_every")}
    assert own == {"steps": 3, "window": 12, "learning_rate": 0.00005, "pairs": 3, "validation_every": 3}
    assert config["last_step"] == 3
    # The own values alone, given to every run, are the same training.
    shared = make_project(steps=3, window=12, learning_rate=0.00005, validation_every=3)
    first = content(project, "s2vs", 0)
    train(shared, "s2vs", 0)
    assert content(shared, "s2vs", 0) == first


def test_a_run_that_is_not_trained_is_refused(make_project: Callable[..., Project]) -> None:
    with pytest.raises(ValueError, match=r"run 'visil_f': not in the trained runs.*accepted: hapvr, s2vs"):
        train(make_project(), "visil_f", 0)


def test_a_seed_that_is_not_in_the_parameters_is_refused_and_nothing_is_written(
    make_project: Callable[..., Project],
) -> None:
    project = make_project()
    with pytest.raises(ValueError, match=r"seed 7: not in the seeds of hapvr of params.yaml; accepted: 0, 1"):
        train(project, "hapvr", 7)
    assert not (project.root / "models").exists()


def test_missing_views_are_named_with_the_command_that_makes_them(make_project: Callable[..., Project]) -> None:
    project = make_project()
    project.views_file(1).unlink()
    with pytest.raises(FileNotFoundError, match=r"views/1.h5: no such file; make it with `dvc repro views@1`"):
        train(project, "hapvr", 0)


def test_freezing_writes_the_method_alone(make_project: Callable[..., Project]) -> None:
    project = make_project()
    freeze(project, "visil_f", "frozen")
    folder = project.model_folder("visil_f", "frozen")
    config = json.loads((folder / "config.json").read_text())
    assert config == {"method": {"name": "chamfer", "region_top_rate": 0.0, "frame_top_rate": 0.0}}
    assert [path.name for path in folder.iterdir()] == ["config.json"]


def test_a_trained_run_cannot_be_frozen(make_project: Callable[..., Project]) -> None:
    with pytest.raises(
        ValueError,
        match=r"run 'hapvr': not in the runs that are not trained.*accepted: visil_f, mean_pool, random, tmk",
    ):
        freeze(make_project(), "hapvr", "0")


def test_an_untrained_network_has_the_weights_that_trainings_of_its_seed_begin_with(
    make_project: Callable[..., Project],
) -> None:
    # A learning rate so small that no weight changes by more than 1e-20.
    project = make_project(steps=1, learning_rate=1e-30, weight_decay=0)
    content = yaml.safe_load((project.root / "params.yaml").read_text(encoding="utf-8"))
    content["whiten"]["dims"] = DIMS
    (project.root / "params.yaml").write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    project = Project(project.root)
    folders = {}
    for seed in (0, 1):
        freeze(project, "untrained", str(seed))
        train(project, "hapvr", seed)
        folders[seed] = project.model_folder("untrained", str(seed))
        first, trained = (
            load_file(project.model_folder(run, str(seed)) / "weights.safetensors") for run in ("untrained", "hapvr")
        )
        assert first.keys() == trained.keys()
        torch.testing.assert_close(trained, first, rtol=0, atol=1e-20)
    contents = [(folder / "weights.safetensors").read_bytes() for folder in folders.values()]
    assert contents[0] != contents[1]
    config = json.loads((folders[1] / "config.json").read_text())
    assert config == {"method": project.params.method_of("untrained"), "losses": {}, "seed": 1}
    assert list(project.model_folders("untrained")) == ["0", "1"]
    load_model(folders[0], DIMS)


def test_a_member_that_the_run_has_not_is_refused(make_project: Callable[..., Project]) -> None:
    with pytest.raises(ValueError, match=r"member '7': not in the members of untrained .*accepted: 0, 1"):
        freeze(make_project(), "untrained", "7")
    with pytest.raises(ValueError, match=r"member '0': not in the members of visil_f .*accepted: frozen"):
        freeze(make_project(), "visil_f", "0")


def test_missing_first_weights_are_named_with_the_command_that_makes_them(make_project: Callable[..., Project]) -> None:
    with pytest.raises(FileNotFoundError, match=r"untrained/0/config.json: .*`dvc repro freeze@untrained-0`"):
        make_project().model_folders("untrained")
