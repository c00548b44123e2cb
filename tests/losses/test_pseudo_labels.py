"""Frame labels worked out by hand."""

import pytest
import torch

from hapvr.losses import pseudo_labels


def angles(*degrees):
    radians = torch.tensor(degrees, dtype=torch.float64).deg2rad()
    return torch.stack([radians.cos(), radians.sin()], -1)


def test_best_frames_are_positives_and_worst_negatives():
    teacher = torch.stack([angles(0, 30, 60, 90), angles(80, 45, 20, 5)])
    positive, negative = pseudo_labels(teacher, 0.25, 0.5)
    assert positive[0, 1].int().tolist() == [[0, 0, 0, 1], [0, 0, 1, 0], [0, 1, 0, 0], [1, 0, 0, 0]]
    assert negative[0, 1][0].tolist() == [True, True, False, False]
    assert negative[0, 1][3].tolist() == [False, False, True, True]


def test_counts_are_rounded_to_even_and_at_least_one():
    features = torch.nn.functional.normalize(torch.randn(2, 10, 4, generator=torch.Generator().manual_seed(0)), dim=-1)
    positive, negative = pseudo_labels(features, 0.25, 0.04)
    assert (positive.sum(-1) == 2).all()
    assert (negative.sum(-1) == 1).all()


def test_only_frame_of_a_video_is_a_positive():
    positive, negative = pseudo_labels(torch.ones(2, 1, 1), 0.35, 0.35)
    assert positive.all()
    assert not negative.any()


@pytest.mark.parametrize("rates", [(0.0, 0.5), (0.5, 0.0), (0.6, 0.5)])
def test_impossible_rates_are_refused(rates):
    with pytest.raises(ValueError, match=f"found top {rates[0]} and bottom {rates[1]}"):
        pseudo_labels(torch.ones(2, 3, 4), *rates)


def test_wrong_shape_is_named():
    with pytest.raises(ValueError, match=r"expected teacher_features \[video, frame, dims\], found \[2, 3\]"):
        pseudo_labels(torch.ones(2, 3), 0.3, 0.3)


def test_rows_are_those_of_all_videos():
    teacher = torch.nn.functional.normalize(torch.randn(5, 8, 6, generator=torch.Generator().manual_seed(0)), dim=-1)
    for whole, rows in zip(
        pseudo_labels(teacher, 0.3, 0.3), pseudo_labels(teacher, 0.3, 0.3, rows=slice(1, 4)), strict=True
    ):
        assert torch.equal(whole[1:4], rows)
