"""Two processes, joined by gloo on the CPU, train as one would with the batches of both."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from hapvr.methods.model import build
from hapvr.project import Project
from hapvr.stages.train import batch_source
from hapvr.training.batches import Batch, relate_views
from hapvr.training.comparison import LossInputs
from hapvr.training.objective import Losses

ROOT = Path(__file__).parents[2]
# Of these batches the second has more relevant pairs, and some lie between the two.
SEED = 1
RUNS = ("hapvr", "loss_triplet", "loss_smooth_ap")
DTYPES = {"float32": torch.float32, "float64": torch.float64}
RELATIVE = {"float32": 1e-6, "float64": 1e-12}


def together(*arguments: str, folder: Path) -> None:
    """Runs a program in two processes, on a free port."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=180)
    assert done.returncode == 0, done.stderr[-4000:]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, project_in: Callable[..., Project]) -> Project:
    return project_in(tmp_path_factory.mktemp("project"), mixing=5)


@pytest.fixture(scope="module")
def results(project: Project, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Tensor]]:
    """What each process found."""
    out = tmp_path_factory.mktemp("out")
    together(str(Path(__file__).with_name("together.py")), str(project.root), str(out), folder=out)
    return [load_file(out / f"{number}.safetensors") for number in (0, 1)]


def alone(project: Project, run: str, batches: list[Batch], dtype: torch.dtype) -> dict[str, Tensor]:
    """Gradients and losses of one process with the views of all these batches."""
    torch.manual_seed(3)
    network: nn.Module = build(project.params.method_of(run), 16).to(dtype)
    features, teacher = (
        torch.cat(parts).to(dtype) for parts in zip(*[(b.features, b.teacher) for b in batches], strict=True)
    )
    relevance = relate_views([view for batch in batches for view in batch.sources])
    frame_similarity, similarity, range_penalty = network(features)
    outcome = LossInputs(similarity, relevance, frame_similarity, teacher, range_penalty)
    total, terms = Losses(project.params.losses_of(run))(outcome)
    total.backward()
    gradients = {name: parameter.grad for name, parameter in network.named_parameters() if parameter.grad is not None}
    losses = {"losses/total": total, **{f"losses/{name}": value for name, value in terms.items()}}
    return gradients | {name: value.detach().double() for name, value in losses.items()}


def under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}


def assert_alike(found: dict[str, Tensor], expected: dict[str, Tensor], dtype: str) -> None:
    """The gradient as a whole and each loss deviate by no more than rounding; in float64 each part does."""
    assert found.keys() == expected.keys()
    parts = {name: (found[name], value) for name, value in expected.items() if name.startswith("losses/")}
    names = [name for name in expected if name not in parts]
    parts["gradient"] = tuple(torch.cat([of[name].flatten() for name in names]) for of in (found, expected))
    if dtype == "float64":
        parts |= {name: (found[name], expected[name]) for name in names}
    for name, (ours, theirs) in parts.items():
        assert (ours - theirs).norm() <= RELATIVE[dtype] * theirs.norm(), name


def test_the_batches_of_both_processes_differ_in_relevant_pairs_and_share_some(project: Project) -> None:
    source = batch_source(project, SEED)
    views = [view for number in (0, 1) for view in source.batch(number).sources]
    first, second = relate_views(views).split(len(views) // 2)
    assert (first.sum(), second.sum(), first[:, len(first) :].sum()) == (16, 20, 4)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("run", RUNS)
def test_gathered_gradients_are_those_of_one_process_with_the_global_batch(
    run: str, dtype: str, project: Project, results: list[dict[str, Tensor]]
) -> None:
    source = batch_source(project, SEED)
    expected = alone(project, run, [source.batch(0), source.batch(1)], DTYPES[dtype])
    for found in results:
        assert_alike(under(f"True/{run}/{dtype}/", found), expected, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("run", RUNS)
def test_without_gathering_gradients_are_the_mean_of_each_process_with_its_own_batch(
    run: str, dtype: str, project: Project, results: list[dict[str, Tensor]]
) -> None:
    source = batch_source(project, SEED)
    first, second = (alone(project, run, [source.batch(number)], DTYPES[dtype]) for number in (0, 1))
    expected = {name: (value + second[name]) / 2 for name, value in first.items()}
    for found in results:
        assert_alike(under(f"False/{run}/{dtype}/", found), expected, dtype)


def test_gathering_makes_a_difference(results: list[dict[str, Tensor]]) -> None:
    gathered, apart = (under(f"{gather}/hapvr/float64/", results[0]) for gather in (True, False))
    assert any(not torch.allclose(gathered[name], apart[name], rtol=1e-2) for name in gathered)


@pytest.mark.parametrize("gather", [True, False])
def test_interrupted_processes_go_on_together_to_the_same_weights(
    gather: bool, results: list[dict[str, Tensor]]
) -> None:
    for found in results:
        expected, resumed = under(f"{gather}/trained/", found), under(f"{gather}/resumed/", found)
        assert expected.keys() == resumed.keys()
        assert all(torch.equal(expected[name], resumed[name]) for name in expected)


@pytest.mark.parametrize("gather", [True, False])
def test_all_processes_end_with_the_same_weights(gather: bool, results: list[dict[str, Tensor]]) -> None:
    first, second = (under(f"{gather}/trained/", found) for found in results)
    assert first
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_all_processes_have_the_buffers_of_the_main_one(results: list[dict[str, Tensor]]) -> None:
    expected = nn.BatchNorm1d(2)
    expected(torch.ones(3, 2))
    for found in results:
        assert all(torch.equal(under("buffers/", found)[name], value) for name, value in expected.state_dict().items())
