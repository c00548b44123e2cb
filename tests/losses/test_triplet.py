"""The triplet loss worked out by hand, and against all triplets written out."""

import pytest
import torch

from hapvr.losses import Triplet


def test_mean_over_the_non_zero_triplets():
    similarity = torch.tensor([[0.5, 0.6, 0.4, 0.1]])
    assert Triplet(0.2)(similarity, torch.tensor([[1, 0, 0, 0]])).item() == pytest.approx((0.3 + 0.1) / 2)


def test_sorted_sums_are_the_sums_over_triplets():
    generator = torch.Generator().manual_seed(0)
    similarity = (torch.rand(6, 11, generator=generator, dtype=torch.float64) * 8).round() / 8
    positive = torch.rand(6, 11, generator=generator) < 0.3
    terms = (similarity[:, None, :] - similarity[:, :, None] + 0.2).clamp(min=0)
    terms = terms * positive[:, :, None] * ~positive[:, None, :]
    expected = terms.sum() / (terms > 0).sum()
    torch.testing.assert_close(Triplet(0.2)(similarity, positive), expected)
