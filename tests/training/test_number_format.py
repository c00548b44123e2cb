import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from hapvr.project import Project
from hapvr.similarity import SimilarityNetwork
from hapvr.stages.train import batch_source
from hapvr.training.distributed import Processes
from hapvr.training.loop import fit
from hapvr.training.objective import Losses
from hapvr.training.options import Train
from hapvr.training.state import LogRow, NumberFormat, State
from hapvr.training.step import NonFiniteLossError, train_step

CPU = torch.device("cpu")
ALONE = Processes(0, 1, CPU)


def log_of(project: Project) -> tuple[list[LogRow], nn.Module]:
    torch.manual_seed(3)
    network = SimilarityNetwork(16, 0.3, 0.2)
    objective = Losses(project.params.losses_of("hapvr"))
    return [step.row for step in fit(network, batch_source(project, 0), objective, project.params.train)], network


@pytest.mark.parametrize("number_format", ["bfloat16", "float16"])
def test_half_precision_trains_as_float32_does_but_for_rounding(
    number_format: str, make_project: Callable[..., Project]
) -> None:
    exact, _ = log_of(make_project(steps=4, learning_rate=0.002))
    rough, network = log_of(make_project(steps=4, learning_rate=0.002, number_format=number_format))
    assert all(parameter.dtype == torch.float32 for parameter in network.parameters())
    for ours, theirs in zip(rough, exact, strict=True):
        assert ours["total"] == pytest.approx(theirs["total"], rel=0.05)
    assert rough[0]["total"] != exact[0]["total"], "nothing was computed in half number_format"


@pytest.mark.parametrize("number_format", ["bfloat16", "float16"])
def test_losses_get_float32(number_format: str, make_project: Callable[..., Project]) -> None:
    project = make_project()
    features = batch_source(project, 0).batch(0).features
    with NumberFormat(number_format, CPU).autocast():
        outputs = SimilarityNetwork(16, 0.3, 0.2)(features)
    assert [output.dtype for output in outputs] == [torch.float32] * 3


class Steep(nn.Module):
    """Its loss is finite; its gradient is infinite if it is `broken`, and else only where it is scaled up far."""

    def __init__(self, *, broken: bool) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(()))
        self._broken = broken

    def forward(self, batch: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        videos = len(batch)
        penalty = (self.weight - 1).sqrt() if self._broken else self.weight * 1e5
        return torch.ones(videos, videos, 8, 8), torch.eye(videos), penalty


def first_state(network: nn.Module, number_format: str, scale: float) -> State:
    state = State(network, torch.optim.AdamW(network.parameters(), lr=0.1), NumberFormat(number_format, CPU))
    if number_format == "float16":
        state.number_format.scaler.load_state_dict(state.number_format.scaler.state_dict() | {"scale": scale})
    return state


@pytest.fixture
def take_step(make_project: Callable[..., Project], train_params: Callable[..., Train]) -> Callable[[State], LogRow]:
    project = make_project()
    batch, objective = batch_source(project, 0).batch(0), Losses(project.params.losses_of("s2vs"))
    return lambda state: train_step(state, batch, objective, params=train_params(), processes=ALONE)


def test_a_step_whose_scale_was_too_large_is_left_out_and_the_scale_halved(
    take_step: Callable[[State], LogRow],
) -> None:
    state = first_state(Steep(broken=False), "float16", 2.0**120)
    row = take_step(state)
    assert math.isfinite(row["total"])
    assert math.isnan(row["gradient_norm"])
    assert state.network.weight == 1
    assert state.number_format.scaler.get_scale() == 2.0**119
    state.number_format.scaler.load_state_dict(state.number_format.scaler.state_dict() | {"scale": 4.0})
    assert take_step(state)["gradient_norm"] == pytest.approx(1e5)
    assert state.network.weight != 1


@pytest.mark.parametrize(("number_format", "steps"), [("float32", 0), ("bfloat16", 0), ("float16", 3)])
def test_a_gradient_that_is_infinite_at_any_scale_stops(
    number_format: str, steps: int, take_step: Callable[[State], LogRow]
) -> None:
    state = first_state(Steep(broken=True), number_format, 8.0)
    for _ in range(steps):
        assert math.isnan(take_step(state)["gradient_norm"])
    with pytest.raises(NonFiniteLossError, match=r"stopped at step 1: .*gradient_norm (inf|nan)"):
        take_step(state)
    assert state.network.weight == 1
