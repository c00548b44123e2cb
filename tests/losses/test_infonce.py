"""InfoNCE worked out by hand."""

import math

import pytest
import torch

from hapvr.losses import InfoNCE


def test_each_positive_stands_against_the_negatives_alone():
    similarity = torch.tensor([[0.3, 0.3, 0.9, 0.3]])
    # the positive 0.3 meets two equal negatives: −log(1/3); 0.9 meets them with e^6: −log(e^6 / (e^6 + 2))
    e6 = math.exp(6)
    expected = (math.log(3) - math.log(e6 / (e6 + 2))) / 2
    assert InfoNCE(0.1)(similarity, torch.tensor([[1, 0, 1, 0]])).item() == pytest.approx(expected)


def test_own_entry_takes_no_part():
    relevance = torch.tensor([[1, 1, 0], [1, 1, 0], [0, 0, 1]])
    similarity = torch.rand(3, 3, requires_grad=True)
    (gradient,) = torch.autograd.grad(InfoNCE(0.1)(similarity, relevance), similarity)
    assert (gradient.diagonal() == 0).all()
    assert (gradient[2] == 0).all()  # relevant to nothing but itself


def test_without_negatives_there_is_nothing_to_lose():
    similarity = torch.rand(2, 5, requires_grad=True)
    value = InfoNCE(0.03)(similarity, torch.ones(2, 5))
    assert value == 0
    assert (torch.autograd.grad(value, similarity)[0] == 0).all()
