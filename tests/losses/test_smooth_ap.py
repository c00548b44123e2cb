"""Smooth-AP worked out by hand."""

import pytest
import torch

from hapvr.losses import SmoothAP


def test_tied_negative_counts_half():
    assert SmoothAP(0.1)(torch.tensor([[0.5, 0.5]]), torch.tensor([[1, 0]])).item() == pytest.approx(1 - 1 / 1.5)


def test_cold_sigmoids_give_the_true_average_precision():
    loss = SmoothAP(1e-3)(torch.tensor([[0.9, 0.6, 0.3]]), torch.tensor([[1, 0, 1]]))
    assert loss.item() == pytest.approx(1 - (1 + 2 / 3) / 2)


def test_loss_of_many_queries_is_the_mean_of_each():
    similarity = torch.rand(120, 250, generator=torch.Generator().manual_seed(0))  # more than is handled at once
    relevance = similarity > 0.6
    alone = [SmoothAP(0.1)(similarity[[query]], relevance[[query]]) for query in range(120)]
    torch.testing.assert_close(SmoothAP(0.1)(similarity, relevance), torch.stack(alone).mean())
