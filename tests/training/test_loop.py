import math
from collections.abc import Callable, Iterable

import pytest
import torch
from torch import Tensor, nn
from torch.nn.utils import convert_conv2d_weight_memory_format

from hapvr.losses import FrameQuadLinearAP, HardNegative, InfoNCE, QuadLinearAP, SelfSimilarity, pseudo_labels
from hapvr.project import Project
from hapvr.similarity import SimilarityNetwork
from hapvr.storage.views import View
from hapvr.training.comparison import LossInputs
from hapvr.training.loop import FinishedStep, fit
from hapvr.training.objective import Losses
from hapvr.training.options import Train
from hapvr.training.state import LogRow
from hapvr.training.step import NonFiniteLossError
from hapvr.training.view_bank import ViewBank

SOURCES = [f"video{number}" for number in range(10)]


def logged(steps: Iterable[FinishedStep]) -> list[LogRow]:
    return [step.row for step in steps]


def network_of(bank: ViewBank) -> SimilarityNetwork:
    torch.manual_seed(3)
    return SimilarityNetwork(bank.dims, 0.3, 0.2)


def test_ten_steps_equal_a_plain_loop(
    bank_views: Callable[..., list[View]], train_params: Callable[..., Train], make_project: Callable[..., Project]
) -> None:
    params = train_params(steps=10, warmup_steps=4, learning_rate=0.002, warmup_factor=0.5, final_factor=0.1)
    bank = ViewBank(bank_views(SOURCES, mixed={"video1": "video4"}), params, seed=0)
    ours, plain = network_of(bank), network_of(bank)
    convert_conv2d_weight_memory_format(plain, torch.channels_last)
    log = logged(fit(ours, bank, Losses(make_project().params.losses_of("hapvr")), params))

    optimiser = torch.optim.AdamW(plain.parameters(), lr=0.002, weight_decay=0.01)
    for step in range(10):
        rate = 0.5 + 0.5 * step / 4 if step < 4 else 0.1 + 0.9 * (1 + math.cos(math.pi * (step - 4) / 5)) / 2
        optimiser.param_groups[0]["lr"] = 0.002 * rate
        batch = bank.batch(step)
        frames, videos, penalty = plain(batch.features)
        labels = pseudo_labels(batch.teacher, 0.35, 0.35)
        loss = InfoNCE(0.03)(videos, batch.relevance) + 4 * QuadLinearAP(0.2, 0.1)(videos, batch.relevance)
        loss = loss + 6 * FrameQuadLinearAP(0.05, 5)(frames, *labels, batch.relevance)
        loss = loss + 3 * HardNegative()(videos, batch.relevance) + 3 * SelfSimilarity()(videos, batch.relevance)
        loss = loss + penalty
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        assert log[step]["total"] == pytest.approx(loss.item(), abs=1e-5)
    for name, value in plain.state_dict().items():
        torch.testing.assert_close(ours.state_dict()[name], value, atol=1e-6, rtol=0)


def test_the_log_has_validation_where_it_was_due(
    bank_views: Callable[..., list[View]], train_params: Callable[..., Train], make_project: Callable[..., Project]
) -> None:
    params = train_params(steps=5, validation_every=2)
    bank = ViewBank(bank_views(SOURCES, mixed={}), params, seed=0)
    log = logged(fit(network_of(bank), bank, Losses(make_project().params.losses_of("s2vs")), params))
    assert [row["step"] for row in log] == [1, 2, 3, 4, 5]
    assert [math.isnan(row["validation_mAP"]) for row in log] == [True, False, True, False, False]
    assert all(0 < row["validation_mAP"] <= 1 for row in log if not math.isnan(row["validation_mAP"]))


def test_training_lowers_the_loss(
    bank_views: Callable[..., list[View]], train_params: Callable[..., Train], make_project: Callable[..., Project]
) -> None:
    params = train_params(steps=30, learning_rate=0.003)
    bank = ViewBank(bank_views(SOURCES, mixed={}), params, seed=0)
    log = logged(fit(network_of(bank), bank, Losses(make_project().params.losses_of("hapvr")), params))
    assert log[-1]["total"] < 0.8 * log[0]["total"]


class Exploding(nn.Module):
    """A network whose second step gives an infinite penalty."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(()))
        self.calls = 0

    def forward(self, batch: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        self.calls += 1
        videos = len(batch)
        penalty = self.scale * (torch.inf if self.calls == 2 else 1)
        return self.scale * torch.ones(videos, videos, 8, 8), self.scale * torch.eye(videos), penalty


def test_a_loss_that_is_not_finite_stops_with_step_terms_and_videos(
    bank_views: Callable[..., list[View]], train_params: Callable[..., Train], make_project: Callable[..., Project]
) -> None:
    params = train_params(validation_share=0)
    bank = ViewBank(bank_views(SOURCES, mixed={}), params, seed=0)
    network = Exploding()
    losses = Losses(make_project().params.losses_of("s2vs"))
    with pytest.raises(NonFiniteLossError, match=r"stopped at step 2.*range_penalty inf") as error:
        list(fit(network, bank, losses, params))
    assert all(name in str(error.value) for view in bank.batch(1).sources for name in view)
    assert network.scale.isfinite()


def test_the_outcome_is_what_the_network_gives(
    bank_views: Callable[..., list[View]], train_params: Callable[..., Train], make_project: Callable[..., Project]
) -> None:
    params = train_params(steps=1)
    bank = ViewBank(bank_views(SOURCES, mixed={}), params, seed=0)
    network, batch = network_of(bank), bank.batch(0)
    convert_conv2d_weight_memory_format(network, torch.channels_last)
    frame_similarity, similarity, penalty = network(batch.features)
    objective = Losses(make_project().params.losses_of("hapvr"))
    expected, _ = objective(LossInputs(similarity, batch.relevance, frame_similarity, batch.teacher, penalty))
    (row,) = logged(fit(network, bank, objective, params))
    assert row["total"] == pytest.approx(expected.item(), abs=1e-6)


def test_a_step_says_how_long_it_took_and_how_long_it_waited(
    bank_views: Callable[..., list[View]], train_params: Callable[..., Train], make_project: Callable[..., Project]
) -> None:
    bank = ViewBank(bank_views(SOURCES, mixed={}), train_params(), seed=0)
    objective = Losses(make_project().params.losses_of("s2vs"))
    steps = list(fit(network_of(bank), bank, objective, train_params()))
    assert all(0 <= step.waited_s < step.seconds < 60 for step in steps)
