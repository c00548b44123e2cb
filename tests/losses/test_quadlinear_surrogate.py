"""The surrogate's properties, and the sorted sums against all pairs written out."""

import pytest
import torch
from torch import Tensor

from hapvr.losses.quadlinear_surrogate import quadlinear, quadlinear_ap, rank_rows

X = torch.linspace(-2, 2, 4001, dtype=torch.float64)
DELTAS = pytest.mark.parametrize("delta", [0.01, 0.05, 0.3, 1.0])


def pairwise(similarity: Tensor, positive: Tensor, negative: Tensor, delta: float, rho: float) -> Tensor:
    """AP of each row by its definition, all pairs at once."""
    difference = similarity[:, None, :] - similarity[:, :, None]  # [row, i, j]: S[j] − S[i]
    rank_positive = 1 + rho * ((difference > 0) & positive[:, None, :]).sum(-1)
    rank = rank_positive + (quadlinear(difference, delta) * negative[:, None, :]).sum(-1)
    return (positive * rank_positive / rank).sum(-1) / positive.sum(-1).clamp(min=1)


def assert_as_pairwise(similarity, positive, negative, *, delta=0.1, rho=0.5, rtol=1e-9):
    similarity = similarity.clone().requires_grad_()
    expected = pairwise(similarity.double(), positive, negative, delta, rho)
    (expected_gradient,) = torch.autograd.grad(expected.sum(), similarity)
    found, gradient = quadlinear_ap(similarity.detach(), positive, negative, delta, rho)
    torch.testing.assert_close(found, expected.to(found.dtype), rtol=rtol, atol=rtol)
    scale = max(1.0, float(expected_gradient.abs().max()))
    torch.testing.assert_close(gradient, expected_gradient, rtol=rtol, atol=rtol * scale)


def random_rows(rows, items, *, share=0.3, seed=0):
    generator = torch.Generator().manual_seed(seed)
    similarity = torch.rand(rows, items, generator=generator, dtype=torch.float64)
    kind = torch.rand(rows, items, generator=generator)
    return similarity, kind < share, kind > 1 - share


@DELTAS
def test_surrogate_is_never_below_the_step(delta):
    assert (quadlinear(X, delta) >= (X >= 0)).all()


@DELTAS
def test_surrogate_never_falls(delta):
    assert (quadlinear(X, delta).diff() >= 0).all()


@DELTAS
def test_surrogate_is_convex(delta):
    assert (quadlinear(X, delta).diff().diff() >= -1e-9).all()


@DELTAS
def test_surrogate_has_no_kink(delta):
    step = 1e-6
    for corner in (-delta, 0.0):
        x = torch.tensor([corner - step, corner, corner + step], dtype=torch.float64)
        left, right = quadlinear(x, delta).diff() / step
        assert abs(right - left) <= 3 * step / delta**2


@pytest.mark.parametrize("items", [1, 2, 7, 40])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5])
def test_sorted_sums_are_the_sums_over_pairs(items, share):
    for delta in (0.01, 0.3, 5.0):
        assert_as_pairwise(*random_rows(9, items, share=share), delta=delta)


def test_ties_are_counted_as_in_pairs():
    similarity, positive, negative = random_rows(9, 30)
    assert_as_pairwise((similarity * 4).round() / 4, positive, negative, delta=0.25)
    assert_as_pairwise(torch.zeros_like(similarity), positive, negative)


def test_far_from_zero_nothing_is_lost():
    similarity, positive, negative = random_rows(5, 50)
    assert_as_pairwise(similarity + 1e4, positive, negative, rtol=1e-7)


def test_float32_keeps_its_precision_in_long_rows():
    similarity, positive, negative = random_rows(2, 1000, share=0.4)
    assert_as_pairwise(similarity.float(), positive, negative, delta=0.01, rtol=1e-6)


def test_rows_do_not_depend_on_those_beside_them():
    similarity, positive, negative = random_rows(700, 600)  # more than is handled at once
    whole = quadlinear_ap(similarity, positive, negative, 0.1, 0.5)
    rows = [quadlinear_ap(*(x[[row]] for x in (similarity, positive, negative)), 0.1, 0.5) for row in range(700)]
    for together, alone in zip(whole, zip(*rows, strict=True), strict=True):
        torch.testing.assert_close(together, torch.cat(alone), rtol=1e-12, atol=1e-12)


def test_operator_keeps_the_rules_of_compiled_operators():
    similarity, positive, negative = random_rows(4, 6)
    torch.library.opcheck(quadlinear_ap, (similarity.requires_grad_(), positive, negative, 0.1, 0.5))


def test_nothing_waits_for_a_value_of_a_gpu():
    similarity = torch.empty(4, 6, device="meta")  # has no values: asking for one raises
    mask = torch.empty(4, 6, dtype=torch.bool, device="meta")
    average_precision, gradient = rank_rows(similarity, mask, mask, delta=0.1, rho=0.5)
    assert average_precision.shape == (4,)
    assert gradient.shape == (4, 6)
