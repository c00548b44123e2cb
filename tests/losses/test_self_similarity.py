"""The self-similarity term worked out by hand."""

import math

import pytest
import torch

from hapvr.losses import SelfSimilarity


def test_mean_of_minus_log_of_the_diagonal():
    similarity = torch.tensor([[0.5, 0.9], [0.9, 0.0]])
    expected = (math.log(2) - math.log(1e-3)) / 2
    assert SelfSimilarity()(similarity, torch.eye(2)).item() == pytest.approx(expected)


def test_queries_against_other_videos_are_refused():
    with pytest.raises(ValueError, match=r"expected a batch against itself, \[N, N\], found \[2, 3\]"):
        SelfSimilarity()(torch.rand(2, 3), torch.ones(2, 3))
