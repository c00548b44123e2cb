"""Region similarity with gradients, against topk and against amax where values tie."""

import pytest
import torch

from hapvr.similarity.region_similarity import (
    BestOfBothSides,
    MeanOfBestPlanes,
    frame_similarity_of_pairs,
    frame_similarity_with_gradient,
    frame_similarity_within,
)
from hapvr.similarity.topk_chamfer import topk_chamfer


@pytest.mark.parametrize("rate", [0, 0.25, 0.5, 1])
def test_values_and_gradients_are_those_of_topk_over_the_matrix_of_regions(rate):
    """k of 1, 2, 4 and 9 among R = 9, videos of two lengths."""
    generator = torch.Generator().manual_seed(0)
    queries, targets = (
        torch.randn(*shape, 9, 16, generator=generator, dtype=torch.float64, requires_grad=True)
        for shape in [(2, 5), (3, 7)]
    )
    weights = torch.randn(2, 3, 5, 7, generator=generator, dtype=torch.float64)
    expected = topk_chamfer(torch.einsum("qtrd,nusd->qnturs", queries, targets), rate)
    found = frame_similarity_with_gradient(queries, targets, rate)
    torch.testing.assert_close(found, expected)
    for pair in zip(
        torch.autograd.grad((found * weights).sum(), (queries, targets)),
        torch.autograd.grad((expected * weights).sum(), (queries, targets)),
        strict=True,
    ):
        torch.testing.assert_close(*pair)


@pytest.mark.parametrize("rate", [0, 0.25, 1])
def test_videos_among_themselves_are_what_each_is_against_each(rate):
    """Four of them: both directions of a pair come from the same products."""
    generator = torch.Generator().manual_seed(0)
    videos = torch.randn(4, 5, 9, 16, generator=generator, dtype=torch.float64, requires_grad=True)
    weights = torch.randn(4, 4, 5, 5, generator=generator, dtype=torch.float64)
    expected = topk_chamfer(torch.einsum("qtrd,nusd->qnturs", videos, videos), rate)
    found = frame_similarity_within(videos, rate)
    torch.testing.assert_close(found, expected)
    gradients = (torch.autograd.grad((of * weights).sum(), videos)[0] for of in (found, expected))
    torch.testing.assert_close(*gradients)


def test_sides_that_tie_share_the_gradient_each_for_itself():
    pairs = torch.tensor([[1.0, 2], [2, 2]]).view(2, 1, 2, 1).requires_grad_()
    columns, rows = BestOfBothSides.apply(pairs, 1)
    (columns.sum() + 10 * rows.sum()).backward()
    # The best of column 0 is in row 1; of column 1, row 0 and row 1 tie. Rows likewise.
    torch.testing.assert_close(pairs.grad.view(2, 2), torch.tensor([[0, 0.5 + 10], [1 + 5.0, 0.5 + 5]]))


@pytest.mark.parametrize(
    ("kept", "gradient"),
    [(1, [0, 0.5, 0.5, 0]), (2, [0, 0.5, 0.5, 0]), (3, [1 / 6, 1 / 3, 1 / 3, 1 / 6])],
)
def test_planes_that_tie_for_the_last_place_share_its_gradient(kept, gradient):
    planes = torch.tensor([1.0, 2, 2, 1]).view(4, 1, 1).requires_grad_()
    MeanOfBestPlanes.apply(planes, kept).sum().backward()
    torch.testing.assert_close(planes.grad.flatten(), torch.tensor(gradient))


def test_half_precision_is_widened_for_the_mean_and_keeps_its_gradient_narrow():
    planes = torch.rand(9, 2, 3).bfloat16().requires_grad_()
    best = MeanOfBestPlanes.apply(planes, 2)
    best.sum().backward()
    assert (best.dtype, planes.grad.dtype) == (torch.float32, torch.bfloat16)


@pytest.mark.parametrize("rate", [0.0, 0.3])
def test_pairs_and_their_gradient_are_those_of_the_definition(rate):
    random = torch.Generator().manual_seed(0)
    queries, targets = (
        torch.randn(3, frames, 9, 8, dtype=torch.float64, generator=random).requires_grad_() for frames in (5, 7)
    )
    expected = torch.stack(
        [topk_chamfer(torch.einsum("trd,usd->turs", *pair), rate) for pair in zip(queries, targets, strict=True)]
    )
    found = frame_similarity_of_pairs(queries, targets, rate)
    torch.testing.assert_close(found, expected)
    weights = torch.randn(expected.shape, dtype=torch.float64, generator=random)
    ours, theirs = (torch.autograd.grad((of * weights).sum(), [queries, targets]) for of in (found, expected))
    torch.testing.assert_close(ours, theirs)
