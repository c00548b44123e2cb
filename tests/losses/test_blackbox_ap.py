"""Blackbox AP and its interpolated gradient worked out by hand."""

import pytest
import torch

from hapvr.losses import BlackboxAP


def test_value_is_the_true_average_precision():
    loss = BlackboxAP(1.0, 0.0)(torch.tensor([[0.9, 0.6, 0.3]]), torch.tensor([[1, 0, 1]]))
    assert loss.item() == pytest.approx(1 - (1 + 2 / 3) / 2)


def test_pairs_closer_than_the_margin_count_as_errors():
    similarity, relevance = torch.tensor([[0.5, 0.45]]), torch.tensor([[1, 0]])
    assert BlackboxAP(1.0, 0.0)(similarity, relevance) == 0
    assert BlackboxAP(1.0, 0.2)(similarity, relevance) == 0.5


def test_gradient_is_the_change_of_rank_at_the_interpolated_scores():
    similarity = torch.tensor([[0.4, 0.5]], requires_grad=True)
    relevance = torch.tensor([[1, 0]])
    # ∂loss/∂rank of the positive is rank⁺/rank² = 1/4: with λ = 2 it moves to 0.9, past the negative
    (gradient,) = torch.autograd.grad(BlackboxAP(2.0, 0.0)(similarity, relevance), similarity)
    torch.testing.assert_close(gradient, torch.tensor([[-0.5, 0.5]]))
    (gradient,) = torch.autograd.grad(BlackboxAP(0.1, 0.0)(similarity, relevance), similarity)
    assert (gradient == 0).all()  # 0.425 changes no rank


def test_tied_items_share_the_last_rank_of_their_group():
    assert BlackboxAP(1.0, 0.0)(torch.tensor([[0.5, 0.5]]), torch.tensor([[1, 0]])) == 0.5


def test_interpolation_of_zero_is_refused():
    with pytest.raises(ValueError, match="expected an interpolation above 0, found 0"):
        BlackboxAP(0, 0.1)
