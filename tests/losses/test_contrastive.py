"""The contrastive loss worked out by hand."""

import pytest
import torch

from hapvr.losses import Contrastive


def test_mean_over_the_non_zero_terms_of_each_kind():
    similarity = torch.tensor([[0.6, 1.0, 0.7, 0.2]])
    # positives: 0.4 and a zero; negatives: 0.2 and a zero
    assert Contrastive(1, 0.5)(similarity, torch.tensor([[1, 1, 0, 0]])).item() == pytest.approx(0.6)
