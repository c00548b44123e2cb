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
    # The rank of the positive, 2 of 2 items, is 1 as a share; ∂loss/∂share = rank⁺/(n·share²) = 1/2. With λ = 1 it
    # moves to 0.9, past the negative, and its share from 1 to 1/2.
    (gradient,) = torch.autograd.grad(BlackboxAP(1.0, 0.0)(similarity, relevance), similarity)
    torch.testing.assert_close(gradient, torch.tensor([[-0.5, 0.5]]))
    (gradient,) = torch.autograd.grad(BlackboxAP(0.1, 0.0)(similarity, relevance), similarity)
    assert (gradient == 0).all()  # 0.45 changes no rank


def test_interpolation_acts_on_ranks_as_shares_of_the_items():
    """As published: share = rank / n, moved by λ times the gradient with respect to the share."""
    similarity = torch.rand((5, 12), generator=torch.Generator().manual_seed(0), requires_grad=True)
    relevance = (torch.arange(60) % 5 == 0).view(5, 12).long()
    (found,) = torch.autograd.grad(BlackboxAP(0.7, 0.0)(similarity, relevance), similarity)

    def shares(scores):
        return (scores[:, None, :] >= scores[:, :, None]).sum(-1) / scores.shape[1]

    scores, share = similarity.detach(), shares(similarity.detach()).requires_grad_()
    within = torch.where(relevance[:, None, :] > 0, scores[:, None, :] >= scores[:, :, None], False).sum(-1)
    precision = (within / (12 * share) * relevance).sum(-1) / relevance.sum(-1)
    (upstream,) = torch.autograd.grad(1 - precision.mean(), share)
    expected = (shares(scores + 0.7 * upstream) - share.detach()) / 0.7
    assert expected.abs().max() > 0
    torch.testing.assert_close(found, expected)


def test_tied_items_share_the_last_rank_of_their_group():
    assert BlackboxAP(1.0, 0.0)(torch.tensor([[0.5, 0.5]]), torch.tensor([[1, 0]])) == 0.5


def test_interpolation_of_zero_is_refused():
    with pytest.raises(ValueError, match="expected an interpolation above 0, found 0"):
        BlackboxAP(0, 0.1)
