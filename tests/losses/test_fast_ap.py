"""FastAP worked out by hand."""

import pytest
import torch

from hapvr.losses import FastAP


def test_items_at_the_centres_of_bins_have_their_exact_average_precision():
    similarity = torch.tensor([[1.0, 0.5, 0.0]])  # squared distances 0, 1, 2 with bins of width 1
    assert FastAP(4)(similarity, torch.tensor([[1, 0, 1]])).item() == pytest.approx(1 - (1 + 2 / 3) / 2)


def test_item_between_two_bins_is_shared_by_them():
    similarity = torch.tensor([[0.75, 0.5]])  # distance 0.5: half in bin 0, half in bin 1, with the negative
    assert FastAP(4)(similarity, torch.tensor([[1, 0]])).item() == pytest.approx(1 - (0.5 + 0.5 * 1 / 2))
