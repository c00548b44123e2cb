"""FastAP worked out by hand."""

import pytest
import torch

from hapvr.losses import FastAP


def test_items_at_the_centres_of_bins_have_their_exact_average_precision():
    similarity = torch.tensor([[1.0, 0.5, 0.0]])  # squared distances 0, 1, 2 with bins of width 1
    assert FastAP(4)(similarity, torch.tensor([[1, 0, 1]])).item() == pytest.approx(1 - (1 + 2 / 3) / 2)


def test_bins_reach_from_one_to_the_lowest_similarity():
    # Squared distances 0, 0.5, 2 in [0, 2]: the two bins have centres 0, 1 and 2.
    similarity, relevance = torch.tensor([[1.0, 0.75, 0.0]]), torch.tensor([[1, 0, 1]])
    # Half of the negative is in bin 0 beside the first positive: precision 1/1.5, then 2/3.
    assert FastAP(2, lowest=0)(similarity, relevance).item() == pytest.approx(1 - (1 / 1.5 + 2 / 3) / 2)


def test_similarity_in_0_to_1_has_the_bins_that_unit_vectors_have():
    cosines = 2 * torch.rand((6, 9), generator=torch.Generator().manual_seed(0), dtype=torch.float64) - 1
    relevance = (torch.arange(54) % 4 == 0).view(6, 9)
    ours, theirs = FastAP(10, lowest=0)(cosines / 2 + 0.5, relevance), FastAP(10)(cosines, relevance)
    torch.testing.assert_close(ours, theirs)


def test_item_between_two_bins_is_shared_by_them():
    similarity = torch.tensor([[0.75, 0.5]])  # distance 0.5: half in bin 0, half in bin 1, with the negative
    assert FastAP(4)(similarity, torch.tensor([[1, 0]])).item() == pytest.approx(1 - (0.5 + 0.5 * 1 / 2))
