import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hapvr.similarity import topk_chamfer

MATRIX = torch.tensor([[0.9, 0.1, 0.5, 0.3], [0.2, 0.8, 0.4, 0.6]])


@pytest.mark.parametrize(
    ("rate", "expected"),
    [
        (0.0, (0.9 + 0.8) / 2),
        (0.25, (0.9 + 0.8) / 2),
        (0.5, (0.7 + 0.7) / 2),
        (1.0, (1.8 + 2.0) / 8),
    ],
)
def test_worked_by_hand(rate, expected):
    torch.testing.assert_close(topk_chamfer(MATRIX, rate), torch.tensor(expected))


def test_ties_round_to_even_as_in_python():
    five = torch.tensor([[5.0, 4.0, 3.0, 2.0, 1.0]])
    assert topk_chamfer(five, 0.5) == 4.5  # round(2.5) = 2 items
    assert topk_chamfer(five, 0.7) == 3.5  # round(3.5) = 4 items


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 7), st.integers(1, 12), st.floats(0, 1), st.integers(0, 2**31))
def test_padding_changes_nothing(queries, targets, rate, seed):
    generator = torch.Generator().manual_seed(seed)
    matrix = torch.randn(queries, targets, generator=generator)
    padded = torch.full((queries + 3, targets + 5), 99.0)
    padded[:queries, :targets] = matrix
    mask = torch.zeros_like(padded, dtype=torch.bool)
    mask[:queries, :targets] = True
    torch.testing.assert_close(topk_chamfer(padded, rate, mask), topk_chamfer(matrix, rate), rtol=1e-5, atol=1e-6)


def test_no_real_item_gives_zero_not_nan():
    assert topk_chamfer(MATRIX, 0.5, torch.zeros_like(MATRIX, dtype=torch.bool)) == 0


def test_rate_outside_its_range_is_named():
    with pytest.raises(ValueError, match=r"rate 1\.5 is outside"):
        topk_chamfer(MATRIX, 1.5)


def test_mask_of_another_shape_is_named():
    with pytest.raises(ValueError, match=r"mask has shape \(2,\), expected \(2, 4\)"):
        topk_chamfer(MATRIX, 0.5, torch.ones(2, dtype=torch.bool))
