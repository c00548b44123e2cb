"""MSE worked out by hand."""

import torch

from hapvr.losses import MSE


def test_mean_over_items_then_queries():
    similarity = torch.tensor([[0.5, 1.0], [1.0, 0.0]])
    assert MSE()(similarity, torch.tensor([[1, 0], [1, 0]])) == (0.625 + 0) / 2
