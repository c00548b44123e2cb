import json
import math
import os
import random
import subprocess
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open

from hapvr.project import Project
from hapvr.similarity import SimilarityNetwork
from hapvr.stages.train import batch_source, train
from hapvr.training.checkpoint import Checkpoint, DamagedCheckpointError, pack, unpack
from hapvr.training.distributed import Processes
from hapvr.training.loop import FinishedStep, fit
from hapvr.training.objective import Losses
from hapvr.training.reproducible import random_state, restore_random_state

ROOT = Path(__file__).parents[2]
ALONE = Processes(0, 1, torch.device("cpu"))
OPTIONS = {"steps": 6, "checkpoint_every": 1, "validation_every": 2, "keep": "best"}


def content(project: Project) -> dict[str, bytes]:
    folder = project.model_folder("hapvr", "0")
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def kept(project: Project) -> Path:
    return project.root / "data" / ".partial" / "train" / "hapvr" / "0" / "checkpoint.safetensors"


def test_killed_at_any_point_and_started_again_the_results_are_the_same_bytes(
    tmp_path: Path, project_in: Callable[..., Project]
) -> None:
    options = {"steps": 40, "checkpoint_every": 2, "validation_every": 3, "keep": "best"}
    for name in ("killed", "undisturbed"):
        (tmp_path / name).mkdir()
    killed, undisturbed = (project_in(tmp_path / name, **options) for name in ("killed", "undisturbed"))
    command = [sys.executable, str(Path(__file__).with_name("killed.py")), str(killed.root), str(undisturbed.root)]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-4000:]
    report = json.loads(done.stdout)
    assert report["undisturbed"]["status"] == report["last"]["status"] == 0, done.stderr[-4000:]
    assert all(attempt["status"] == -9 for attempt in report["killed"]), report
    goes_on_from = [attempt["from"] for attempt in report["killed"]] + [report["last"]["from"]]
    # One checkpoint was finished in each of the first two, two in the third, one or more in the others.
    assert goes_on_from[:4] == [0, 2, 4, 8]
    assert all(before < after for before, after in pairwise(goes_on_from[3:]))
    assert content(killed) == content(undisturbed)
    assert not list(kept(killed).parent.glob("*"))


def interrupted(project: Project, *, after: int) -> list[FinishedStep]:
    """Starts a training of fixed first weights and leaves it after some steps; a later call goes on."""
    torch.manual_seed(3)
    network = SimilarityNetwork(16, 0.3, 0.2)
    objective, params = Losses(project.params.losses_of("hapvr")), project.params.train
    checkpoint = Checkpoint(project.root / "kept", {"run": "hapvr"}, ALONE)
    steps = fit(network, batch_source(project, 0), objective, params, checkpoint=checkpoint)
    done = [next(steps) for _ in range(after)] if after else list(steps)
    steps.close()
    done.append(
        FinishedStep({name: value.double().sum().item() for name, value in network.state_dict().items()}, None, None)
    )
    return done


@pytest.mark.parametrize("number_format", ["float32", "float16"])
def test_every_step_is_given_once_and_those_read_back_without_times(
    number_format: str, tmp_path: Path, project_in: Callable[..., Project]
) -> None:
    (tmp_path / "whole").mkdir()
    expected = interrupted(project_in(tmp_path / "whole", **OPTIONS, number_format=number_format), after=0)
    project = project_in(tmp_path, **OPTIONS, number_format=number_format)
    for after in (1, 3, 4):
        interrupted(project, after=after)
    found = interrupted(project, after=0)
    assert repr([step.row for step in found]) == repr([step.row for step in expected])
    assert [step.seconds is None for step in found[:-1]] == [True] * 4 + [False] * 2


def test_global_generators_go_on_where_they_were() -> None:
    before = random_state()
    expected = random.random(), np.random.normal(), torch.rand(3).tolist()
    restore_random_state(json.loads(json.dumps(before)))
    assert (random.random(), np.random.normal(), torch.rand(3).tolist()) == expected


def test_what_was_packed_is_unpacked_exactly() -> None:
    tensors = {"network/w": torch.randn(3, 4), "optimiser/0/step": torch.tensor(3.0)}
    numbers = {"rows": [{"step": 1, "total": math.pi / 3, "validation_mAP": None}], "scaler": {}}
    found = unpack(pack(tensors, numbers))
    assert found[1] == numbers
    assert all(torch.equal(found[0][name], tensor) for name, tensor in tensors.items())


@pytest.mark.parametrize("damage", ["truncated", "tensor", "header", "empty", "text"])
def test_damage_is_noticed(damage: str) -> None:
    content = bytearray(pack({"w": torch.ones(1000)}, {"rows": [1.5]}))
    damaged = {
        "truncated": content[:-8],
        "tensor": content[:-8] + b"\1" + content[-7:],
        "header": content.replace(b"1.5", b"1.6"),
        "empty": b"",
        "text": b"not a checkpoint at all",
    }[damage]
    with pytest.raises(DamagedCheckpointError):
        unpack(bytes(damaged))


def stopped(project: Project) -> None:
    """Trains until a step cannot be made; the checkpoint stays."""
    source = batch_source(project, 0)

    class Broken:
        dims = source.dims

        def batch(self, number: int) -> None:
            if number == 3:
                raise OSError("disk is gone")
            return source.batch(number)

        def validation(self) -> None:
            return source.validation()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hapvr.stages.train.batch_source", lambda *_, **__: Broken())
        with pytest.raises(OSError, match="disk is gone"):
            train(project, "hapvr", 0)


def test_a_checkpoint_is_safetensors_outside_of_the_outputs_and_goes_with_success(
    make_project: Callable[..., Project],
) -> None:
    project = make_project(**OPTIONS)
    stopped(project)
    with safe_open(kept(project), "pt") as file:
        names = set(file.keys())
    assert {"network/attention.transform.weight", "best/attention.transform.weight", "optimiser/0/exp_avg"} <= names
    train(project, "hapvr", 0)
    assert not kept(project).exists()


@pytest.mark.parametrize(
    ("changes", "named"),
    [({"learning_rate": 0.01}, "train"), ({"steps": 7}, "train"), ({"number_format": "bfloat16"}, "train")],
)
def test_a_checkpoint_of_other_parameters_is_not_used(
    changes: dict[str, object], named: str, make_project: Callable[..., Project], capsys: pytest.CaptureFixture[str]
) -> None:
    expected_project = make_project(**OPTIONS | changes)
    train(expected_project, "hapvr", 0)
    expected = content(expected_project)
    stopped(make_project(**OPTIONS))
    train(make_project(**OPTIONS | changes), "hapvr", 0)
    assert f"of another training ({named}); training starts anew" in capsys.readouterr().err
    assert content(expected_project) == expected


def test_a_checkpoint_of_other_data_is_not_used(
    make_project: Callable[..., Project], capsys: pytest.CaptureFixture[str]
) -> None:
    project = make_project(**OPTIONS)
    stopped(project)
    with project.views_file(0).open("ab") as file:
        file.write(b"\0")
    train(project, "hapvr", 0)
    assert "of another training (stamps); training starts anew" in capsys.readouterr().err


def test_how_often_checkpoints_are_made_may_change(
    make_project: Callable[..., Project], capsys: pytest.CaptureFixture[str]
) -> None:
    stopped(make_project(**OPTIONS))
    train(make_project(**OPTIONS | {"checkpoint_every": 4}), "hapvr", 0)
    assert "anew" not in capsys.readouterr().err


def test_a_damaged_checkpoint_is_named_and_not_used(
    make_project: Callable[..., Project], capsys: pytest.CaptureFixture[str]
) -> None:
    project = make_project(**OPTIONS)
    train(project, "hapvr", 0)
    expected = content(project)
    stopped(project)
    kept(project).write_bytes(kept(project).read_bytes()[:-100])
    train(project, "hapvr", 0)
    assert f"{kept(project)}: damaged" in capsys.readouterr().err
    assert content(project) == expected
