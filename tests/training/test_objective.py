from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from hapvr.losses import FrameQuadLinearAP, HardNegative, InfoNCE, QuadLinearAP, SelfSimilarity, pseudo_labels
from hapvr.params import load
from hapvr.project import Project
from hapvr.training.comparison import LossInputs
from hapvr.training.objective import Losses

ROOT = Path(__file__).parents[2]


@pytest.fixture
def outcome() -> LossInputs:
    generator = torch.Generator().manual_seed(0)

    def random(*shape: int) -> Tensor:
        return torch.rand(shape, generator=generator)

    relevance = torch.eye(3).repeat(2, 2)
    teacher = torch.nn.functional.normalize(random(6, 8, 5) - 0.5, dim=-1)
    return LossInputs(random(6, 6), relevance, random(6, 6, 8, 8), teacher, torch.tensor(0.7))


def test_the_total_of_hapvr_is_the_published_sum(outcome: LossInputs) -> None:
    total, terms = Losses(load(ROOT / "presets" / "paper.yaml").losses_of("hapvr"))(outcome)
    video = outcome.similarity, outcome.relevance
    labels = pseudo_labels(outcome.teacher, 0.35, 0.35)
    frame = FrameQuadLinearAP(0.05, 5)(outcome.frame_similarity, *labels, outcome.relevance)
    expected = (
        InfoNCE(0.03)(*video)
        + 4 * QuadLinearAP(0.05, 0.1)(*video)
        + 6 * frame
        + 3 * (HardNegative()(*video) + SelfSimilarity()(*video))
        + outcome.range_penalty
    )
    assert total.item() == pytest.approx(expected.item(), abs=1e-6)
    assert terms["frame_quadlinear_ap"].item() == pytest.approx(frame.item())
    assert terms["range_penalty"].item() == pytest.approx(0.7)


def test_every_run_totals_its_own_weights_times_terms(
    outcome: LossInputs, make_project: Callable[..., Project]
) -> None:
    params = make_project().params
    for name in params.trained:
        losses = params.losses_of(name)
        total, terms = Losses(losses)(outcome)
        assert list(terms) == list(losses)
        assert total.item() == pytest.approx(
            sum(loss["weight"] * terms[name].item() for name, loss in losses.items()), rel=1e-6
        )
