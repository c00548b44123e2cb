from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from hapvr.losses import FrameQuadLinearAP, HardNegative, InfoNCE, QuadLinearAP, SelfSimilarity, pseudo_labels
from hapvr.params.runs import Run
from hapvr.project import Project
from hapvr.training.objective import Objective, Outcome


@pytest.fixture
def outcome() -> Outcome:
    generator = torch.Generator().manual_seed(0)

    def random(*shape: int) -> Tensor:
        return torch.rand(shape, generator=generator)

    relevance = torch.eye(3).repeat(2, 2)
    teacher = torch.nn.functional.normalize(random(6, 8, 5) - 0.5, dim=-1)
    return Outcome(random(6, 6), relevance, random(6, 6, 8, 8), teacher, torch.tensor(0.7))


def test_the_total_of_hapvr_is_the_published_sum(outcome: Outcome, make_project: Callable[..., Project]) -> None:
    total, terms = Objective(make_project().params.runs["hapvr"].losses)(outcome)
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


def test_every_run_totals_its_own_weights_times_terms(outcome: Outcome, make_project: Callable[..., Project]) -> None:
    params = make_project().params
    for name in params.train.runs:
        losses = params.runs[name].losses
        total, terms = Objective(losses)(outcome)
        assert list(terms) == [loss.name for loss in losses]
        assert total.item() == pytest.approx(sum(loss.weight * terms[loss.name].item() for loss in losses), rel=1e-6)


METHOD = {"name": "similarity_network", "region_top_rate": 0, "frame_top_rate": 0, "minimum_frames": 4}


def test_a_loss_listed_twice_is_refused() -> None:
    twice = [{"name": "hard_negative", "weight": 1}, {"name": "hard_negative", "weight": 2}]
    with pytest.raises(ValueError, match="losses: hard_negative listed more than once"):
        Run.model_validate({"label": "x", "method": METHOD, "losses": twice})


def test_an_unknown_loss_is_refused_with_the_accepted_names() -> None:
    with pytest.raises(ValueError, match="'quadlinear_ap'"):
        Run.model_validate({"label": "x", "method": METHOD, "losses": [{"name": "quadlinear", "weight": 1}]})


def test_losses_for_a_method_without_weights_are_refused() -> None:
    losses = [{"name": "hard_negative", "weight": 1}]
    with pytest.raises(ValueError, match="mean_pool has no weights to train"):
        Run.model_validate({"label": "x", "method": {"name": "mean_pool"}, "losses": losses})
