from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from hapvr.seeding import generator_of
from hapvr.views.options import Views
from hapvr.views.overlay import with_overlays

SIDE = 120


def spans(clip: Tensor) -> list[tuple[int, int]]:
    """Per frame, how many rows and columns from the first to the last that is not black."""
    found = []
    for frame in clip:
        rows, columns = (frame.amax((0, axis)).nonzero()[:, 0] for axis in (2, 1))
        found.append((int(rows[-1] - rows[0]) + 1, int(columns[-1] - columns[0]) + 1))
    return found


@pytest.fixture
def overlaid(view_params: Callable[..., Views]) -> Callable[..., Tensor]:
    """Black frames [40, 3, 120, 120] with overlays on them."""

    def make(**changes: object) -> Tensor:
        return with_overlays(torch.zeros(40, 3, SIDE, SIDE), view_params(**changes), generator_of(0))

    return make


@pytest.mark.parametrize("key", ["text", "pictograph"])
def test_an_overlay_is_as_high_as_asked_and_lies_inside(key: str, overlaid: Callable[..., Tensor]) -> None:
    heights = [height for height, _ in spans(overlaid(**{key: 1}, overlay_size=(0.25, 0.25)))]
    # A font of 30 pixels: small letters and flat signs are lower, letters with a tail and large signs as high.
    assert min(heights) >= 12
    assert 22 <= max(heights) <= 32


def test_words_have_all_lengths_that_fit(overlaid: Callable[..., Tensor]) -> None:
    widths = [width for _, width in spans(overlaid(text=1, overlay_size=(0.25, 0.25)))]
    assert min(widths) < 0.25 * SIDE
    assert 0.75 * SIDE < max(widths) <= SIDE


def test_places_reach_every_side(overlaid: Callable[..., Tensor]) -> None:
    seen = overlaid(pictograph=1, overlay_size=(0.2, 0.2)).amax((0, 1)) > 0
    assert all(part.any() for part in (seen[:10], seen[-10:], seen[:, :10], seen[:, -10:]))


def test_every_frame_has_its_own_word_colour_and_place(overlaid: Callable[..., Tensor]) -> None:
    frames = overlaid(text=1)
    assert len({tuple(frame.flatten().tolist()) for frame in frames}) == len(frames)


def test_an_overlay_shows_its_colour_and_the_frame_below(view_params: Callable[..., Views]) -> None:
    params = view_params(text=1, overlay_opacity=(0.5, 0.5))
    on_black, on_white = (
        with_overlays(torch.full((8, 3, 64, 64), grey), params, generator_of(0)) for grey in (0.0, 1.0)
    )
    for black, white in zip(on_black, on_white, strict=True):
        # Half of the colour on black, the same and half of the white on white, where the overlay covers all.
        covered = (white - black).amax(0) <= 0.5 + 1e-4
        assert covered.any()
        colour = 2 * black[:, covered][:, 0]
        torch.testing.assert_close(white[:, covered][:, 0], (1 + colour) / 2, atol=1e-3, rtol=0)
