"""The circle loss worked out by hand."""

import math

import pytest
import torch

from hapvr.losses import Circle


def test_one_positive_and_one_negative():
    # α⁺ = 0.9, α⁻ = 0.9; −0.9·(0.5 − 0.6) + 0.9·(0.5 − 0.4) = 0.18
    loss = Circle(0.4, 2)(torch.tensor([[0.5, 0.5]]), torch.tensor([[1, 0]]))
    assert loss.item() == pytest.approx(math.log1p(math.exp(2 * 0.18)))


def test_weights_carry_no_gradient():
    similarity = torch.tensor([[0.5, 0.5]], requires_grad=True)
    (gradient,) = torch.autograd.grad(Circle(0.4, 2)(similarity, torch.tensor([[1, 0]])), similarity)
    slope = 2 * 0.9 / (1 + math.exp(-2 * 0.18))
    torch.testing.assert_close(gradient, torch.tensor([[-slope, slope]]))
