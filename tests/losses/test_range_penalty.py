"""The range penalty worked out by hand."""

import pytest
import torch

from hapvr.losses import RangePenalty


def test_sum_of_what_lies_outside():
    assert RangePenalty()(torch.tensor([[-2.0, -1.0], [0.5, 1.5]])) == 1.5


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_sums_in_single(dtype):
    output = torch.full((300, 300), 3.0, dtype=dtype)
    assert RangePenalty()(output) == 180_000  # above the largest float16
