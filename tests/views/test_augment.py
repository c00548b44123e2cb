from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import yaml
from torch import Tensor

from hapvr.seeding import generator_of
from hapvr.views.augment import strong, weak
from hapvr.views.options import Views

ROOT = Path(__file__).parents[2]
VIEWS = 60


def ramp(frames: int = 4, side: int = 64) -> Tensor:
    """Red grows from left to right, green from top to bottom, both from 0 to 1: a pixel tells where it came from."""
    across = torch.linspace(0, 1, side).expand(side, side)
    return torch.stack([across, across.T, torch.full((side, side), 0.5)]).expand(frames, 3, side, side).clone()


def area_kept(view: Tensor) -> float:
    """Share of the ramp's area that is to be seen in a crop of it."""
    spans = [(view[0, channel].max() - view[0, channel].min()).item() for channel in (0, 1)]
    return spans[0] * spans[1]


def frames_changed(clip: Tensor, params: Views) -> float:
    """Share of frames that strong views change. A crop of the whole frame is the only other change there is."""
    changed = 0
    for number in range(VIEWS):
        plain = strong(clip, params.model_copy(update={"text": 0, "pictograph": 0, "blur": 0}), generator_of(number))
        view = strong(clip, params, generator_of(number))
        changed += sum(not torch.equal(first, second) for first, second in zip(plain, view, strict=True))
    return changed / (VIEWS * len(clip))


@pytest.mark.parametrize(("augment", "key"), [(weak, "weak_crop"), (strong, "strong_crop")])
@pytest.mark.parametrize(("low", "high"), [(0.25, 0.25), (0.5, 0.5), (0.3, 0.7)])
def test_crops_keep_the_share_of_the_area_that_is_asked_for(
    augment: Callable[..., Tensor], key: str, low: float, high: float, view_params: Callable[..., Views]
) -> None:
    params = view_params(**{key: (low, high)})
    kept = [area_kept(augment(ramp(), params, generator_of(number))) for number in range(VIEWS)]
    # Within a pixel of either side.
    assert min(kept) >= low - 0.04
    assert max(kept) <= high + 0.04
    assert sum(kept) / VIEWS == pytest.approx((low + high) / 2, abs=0.03)


@pytest.mark.parametrize(("augment", "key"), [(weak, "weak_crop"), (strong, "strong_crop")])
def test_a_crop_of_the_whole_area_is_the_whole_frame(
    augment: Callable[..., Tensor], key: str, clip: Tensor, view_params: Callable[..., Views]
) -> None:
    for number in range(10):
        torch.testing.assert_close(augment(clip, view_params(**{key: (1, 1)}), generator_of(number)), clip)


def test_crops_have_every_shape_between_three_to_four_and_four_to_three(view_params: Callable[..., Views]) -> None:
    views = [weak(ramp(), view_params(weak_crop=(0.5, 0.5)), generator_of(number)) for number in range(VIEWS)]
    ratios = [((view[0, 0].max() - view[0, 0].min()) / (view[0, 1].max() - view[0, 1].min())).item() for view in views]
    assert min(ratios) == pytest.approx(3 / 4, abs=0.08)
    assert max(ratios) == pytest.approx(4 / 3, abs=0.12)


@pytest.mark.parametrize("augment", [weak, strong])
@pytest.mark.parametrize("chance", [0, 0.5, 1])
def test_flips_come_as_often_as_their_chance_says(
    augment: Callable[..., Tensor], chance: float, view_params: Callable[..., Views]
) -> None:
    views = [augment(ramp(), view_params(flip=chance), generator_of(number)) for number in range(200)]
    flipped = [bool(view[0, 0, 0, 0] > view[0, 0, 0, -1]) for view in views]
    assert sum(flipped) / 200 == pytest.approx(chance, abs=0.1)


def test_crop_flip_and_randaugment_are_the_same_for_every_frame(view_params: Callable[..., Views]) -> None:
    params = view_params(strong_crop=(0.5, 1), flip=0.5, operations=2)
    for number in range(20):
        view = strong(ramp(), params, generator_of(number))
        torch.testing.assert_close(view, view[:1].expand_as(view))


@pytest.mark.parametrize("key", ["text", "pictograph", "blur"])
@pytest.mark.parametrize("chance", [0, 0.3, 1])
def test_overlays_and_blur_come_per_frame_as_often_as_their_chance_says(
    key: str, chance: float, clip: Tensor, view_params: Callable[..., Views]
) -> None:
    assert frames_changed(clip, view_params(**{key: chance})) == pytest.approx(chance, abs=0.08)


@pytest.mark.parametrize("key", ["text", "pictograph"])
def test_larger_overlays_cover_more_and_opaque_ones_change_more(
    key: str, clip: Tensor, view_params: Callable[..., Views]
) -> None:
    def change(**changes: object) -> float:
        params = view_params(**{key: 1}, **changes)
        plain = params.model_copy(update={key: 0})
        return sum(
            (strong(clip, params, generator_of(number)) - strong(clip, plain, generator_of(number))).abs().mean().item()
            for number in range(20)
        )

    small, large = ({"overlay_size": (size, size)} for size in (0.1, 0.5))
    faint, opaque = ({"overlay_opacity": (opacity, opacity)} for opacity in (0.2, 1))
    assert change(**large, **opaque) > 3 * change(**small, **opaque)
    assert change(**large, **opaque) == pytest.approx(5 * change(**large, **faint), rel=0.01)


def test_a_larger_sigma_blurs_more(view_params: Callable[..., Views]) -> None:
    noise = torch.rand((4, 3, 64, 64), generator=torch.Generator().manual_seed(0))

    def contrast(sigma: float) -> float:
        return strong(noise, view_params(blur=1, blur_sigma=(sigma, sigma)), generator_of(0)).std().item()

    # White noise under a Gaussian of standard deviation σ keeps 1 / (2σ√π) of its own.
    assert contrast(4) == pytest.approx(contrast(2) / 2, rel=0.25)
    assert contrast(2) < 0.5 * contrast(0.5)


def test_a_clip_stays_on_its_device(view_params: Callable[..., Views]) -> None:
    # The device "meta" holds no numbers and refuses to be mixed with the CPU, as a GPU does.
    clip = torch.empty((4, 3, 64, 64), device="meta")
    params = view_params(strong_crop=(0.5, 1), flip=1, text=1, pictograph=1, blur=1)
    for augment in (weak, strong):
        assert augment(clip, params, generator_of(0)).device.type == "meta"


def test_the_clip_that_is_augmented_is_left_as_it_was(clip: Tensor, view_params: Callable[..., Views]) -> None:
    before = clip.clone()
    strong(clip, view_params(operations=2, text=1, pictograph=1, blur=1), generator_of(0))
    assert torch.equal(clip, before)


def test_weak_views_are_cropped_and_flipped_only(clip: Tensor, view_params: Callable[..., Views]) -> None:
    plain, loud = view_params(), view_params(operations=2, text=1, pictograph=1, blur=1)
    assert torch.equal(weak(clip, plain, generator_of(0)), weak(clip, loud, generator_of(0)))


def test_the_same_draws_give_the_same_view_and_values_stay_in_range(clip: Tensor) -> None:
    content = yaml.safe_load((ROOT / "presets" / "mini.yaml").read_text(encoding="utf-8"))
    params = Views.model_validate(content["views"])
    views = [strong(clip, params, generator_of(number)) for number in range(10)]
    assert torch.equal(views[3], strong(clip, params, generator_of(3)))
    assert not torch.equal(views[3], views[4])
    assert all(view.shape == clip.shape and view.min() >= 0 and view.max() <= 1 for view in views)


def test_a_range_that_runs_downwards_is_refused(view_params: Callable[..., Views]) -> None:
    with pytest.raises(ValueError, match=r"area: \[0.7, 0.3\] runs downwards"):
        view_params(area=(0.7, 0.3))
