"""MAE worked out by hand."""

import torch

from hapvr.losses import MAE


def test_mean_over_items_then_queries():
    similarity = torch.tensor([[0.25, 1.0], [1.0, 0.0]])
    assert MAE()(similarity, torch.tensor([[1, 0], [1, 0]])) == (0.875 + 0) / 2
