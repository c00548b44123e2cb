import pytest
import torch

from hapvr.seeding import generator_of
from hapvr.views.video_in_video import video_in_video

WHITE, BLACK = torch.ones(6, 3, 50, 50), torch.zeros(6, 3, 50, 50)


@pytest.mark.parametrize("area", [0.3, 0.5, 0.7])
def test_the_inner_video_takes_its_share_of_the_area(area: float) -> None:
    for number in range(10):
        mixed = video_in_video(WHITE, BLACK, area, generator=generator_of(number))
        assert mixed.mean().item() == pytest.approx(area, abs=0.02)


def test_the_place_varies_between_views_but_not_between_frames() -> None:
    views = [video_in_video(WHITE, BLACK, 0.3, generator=generator_of(number)) for number in range(10)]
    assert all(torch.equal(view, view[:1].expand_as(view)) for view in views)
    assert len({tuple(view[0, 0].sum(0).tolist()) for view in views}) > 5


def test_a_shorter_outer_video_is_repeated() -> None:
    outer = torch.stack([torch.zeros(3, 50, 50), torch.full((3, 50, 50), 0.5)])
    mixed = video_in_video(WHITE, outer, 0.3, generator=generator_of(0))
    corners = mixed[:, 0, [0, 0, -1, -1], [0, -1, 0, -1]].amin(1)
    assert corners.tolist() == [0, 0.5, 0, 0.5, 0, 0.5]


def test_the_videos_that_are_mixed_are_left_as_they_were() -> None:
    outer = BLACK.clone()
    video_in_video(WHITE, outer, 0.5, generator=generator_of(0))
    assert torch.equal(outer, BLACK)
