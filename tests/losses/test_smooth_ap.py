"""Smooth-AP worked out by hand."""

import pytest
import torch

from hapvr.losses import SmoothAP, smooth_ap


def test_tied_negative_counts_half():
    assert SmoothAP(0.1)(torch.tensor([[0.5, 0.5]]), torch.tensor([[1, 0]])).item() == pytest.approx(1 - 1 / 1.5)


def test_cold_sigmoids_give_the_true_average_precision():
    loss = SmoothAP(1e-3)(torch.tensor([[0.9, 0.6, 0.3]]), torch.tensor([[1, 0, 1]]))
    assert loss.item() == pytest.approx(1 - (1 + 2 / 3) / 2)


def test_queries_handled_in_parts_are_the_same_queries(monkeypatch):
    similarity = torch.rand(7, 5, generator=torch.Generator().manual_seed(0))
    relevance = similarity > 0.6
    whole = SmoothAP(0.1)(similarity, relevance)
    monkeypatch.setattr(smooth_ap, "PAIRS_AT_ONCE", 60)
    torch.testing.assert_close(SmoothAP(0.1)(similarity, relevance), whole)
