import pytest
import torch

from hapvr.methods.mean_pool import MeanPool


def test_cosine_of_the_means_by_hand():
    one, two = torch.eye(2)
    method = MeanPool()
    both, single = method.index(torch.stack([one, two])[:, None]), method.index(one[None, None])
    assert both.shape == (2,)
    assert method.similarity(both, single).item() == pytest.approx(0.5**0.5)
