"""The hard-negative term worked out by hand."""

import math

import pytest
import torch

from hapvr.losses import HardNegative


def test_only_the_hardest_negative_counts():
    similarity = torch.tensor([[0.9, 0.5, 0.2], [0.9, 0.0, 0.75]])
    relevance = torch.tensor([[1, 0, 0], [1, 0, 0]])
    expected = (math.log(2) + math.log(4)) / 2
    assert HardNegative()(similarity, relevance).item() == pytest.approx(expected)


def test_logarithm_is_cut_at_one_thousandth():
    loss = HardNegative()(torch.tensor([[0.5, 1.0]]), torch.tensor([[1, 0]]))
    assert loss.item() == pytest.approx(-math.log(1e-3))


def test_queries_without_negatives_weigh_zero():
    similarity = torch.tensor([[0.5, 0.5], [0.1, 0.1]])
    assert HardNegative()(similarity, torch.tensor([[1, 0], [1, 1]])).item() == pytest.approx(math.log(2))
