"""QuadLinear-AP worked out by hand."""

import pytest
import torch

from hapvr.losses import QuadLinearAP


def loss(similarity, relevance, *, delta=0.2, rho=0.5):
    return QuadLinearAP(delta, rho)(torch.tensor([similarity]), torch.tensor([relevance])).item()


def test_negative_above_a_positive():
    # positive 0.9: rank 1; positive 0.4: rank⁺ 1 + ρ, and R(0.1) = 2 for the negative: 1.5 / 3.5
    assert loss([0.9, 0.5, 0.4], [1, 0, 1]) == pytest.approx(1 - (1 + 1.5 / 3.5) / 2)


def test_negative_just_below_a_positive():
    assert loss([0.4, 0.3], [1, 0]) == pytest.approx(1 - 1 / 1.25)  # R(−0.1) = (1 − 0.5)²


def test_negative_further_below_than_delta_costs_nothing():
    assert loss([0.9, 0.6], [1, 0]) == 0


def test_tied_negative_counts_one_and_tied_positive_nothing():
    assert loss([0.5, 0.5], [1, 0]) == pytest.approx(0.5)
    assert loss([0.5, 0.5], [1, 1]) == 0


def test_no_gradient_through_the_rank_among_positives():
    similarity = torch.tensor([[0.5, 0.45]], requires_grad=True)
    (gradient,) = torch.autograd.grad(QuadLinearAP(0.2, 0.5)(similarity, torch.ones(1, 2)), similarity)
    assert (gradient == 0).all()
