"""Listwise AP worked out by hand."""

import pytest
import torch

from hapvr.losses import ListwiseAP


def test_items_at_the_centres_of_bins_have_their_exact_average_precision():
    similarity = torch.tensor([[1.0, 0.5, 0.0]])
    assert ListwiseAP(3)(similarity, torch.tensor([[1, 0, 1]])).item() == pytest.approx(1 - (1 + 2 / 3) / 2)


def test_item_between_two_bins_is_shared_by_them():
    similarity = torch.tensor([[0.75, 0.5]])
    assert ListwiseAP(3)(similarity, torch.tensor([[1, 0]])).item() == pytest.approx(1 - (0.5 + 0.5 * 1 / 2))


def test_values_outside_fall_into_the_outermost_bins():
    loss, relevance = ListwiseAP(5), torch.tensor([[0, 1, 0]])
    assert loss(torch.tensor([[1.2, 0.5, -0.3]]), relevance) == loss(torch.tensor([[1.0, 0.5, 0.0]]), relevance)


def test_a_single_bin_is_refused():
    with pytest.raises(ValueError, match="expected at least 2 bins, found 1"):
        ListwiseAP(1)
