"""Every parameter of `views` changes what it says: a quantity is measured at two of its values."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import torch
from torch import Tensor

from hapvr.views.options import Views
from hapvr.views.view import augment_view, view_kinds

VIEWS = 30
SIDE = 64
FRAMES = 4


def ramp() -> Tensor:
    """Red grows from left to right, green from top to bottom: the first pixel tells what was cropped and flipped."""
    across = torch.linspace(0, 1, SIDE).expand(SIDE, SIDE)
    return torch.stack([across, across.T, torch.full((SIDE, SIDE), 0.5)]).expand(FRAMES, 3, SIDE, SIDE)


def noise() -> Tensor:
    return torch.rand((FRAMES, 3, SIDE, SIDE), generator=torch.Generator().manual_seed(0))


class Black:
    """Stands for the clips of a shard, in which every other video is black."""

    video_ids: Sequence[str] = ("video", "other")

    def read(self, video_id: str) -> Tensor:
        return torch.zeros(FRAMES, 3, SIDE, SIDE)


def views_of(clip: Tensor, params: Views, kind: str = "strong") -> list[Tensor]:
    views = (augment_view("video", kind, n, clip=clip, clips=Black(), params=params) for n in range(VIEWS))  # type: ignore[arg-type]
    return [view for view, _ in views]


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def area_kept(kind: str) -> Callable[[Views], float]:
    """Share of the ramp that is to be seen."""

    def measure(params: Views) -> float:
        edges = [
            (view[0, :2].amax((1, 2)) - view[0, :2].amin((1, 2))).prod().item()
            for view in views_of(ramp(), params, kind)
        ]
        return mean(edges)

    return measure


def flipped(params: Views) -> float:
    """Share of weak and strong views in which red grows to the left."""
    views = [*views_of(ramp(), params, "weak"), *views_of(ramp(), params)]
    return mean([float(view[0, 0, 0, 0] > view[0, 0, 0, -1]) for view in views])


def change(params: Views) -> float:
    """Mean absolute difference from the clip."""
    return mean([(view - ramp()).abs().mean().item() for view in views_of(ramp(), params)])


def frames_changed(params: Views) -> float:
    """Share of frames that differ from the clip's."""
    return mean(
        [((view - noise()).abs().amax((1, 2, 3)) > 1e-5).float().mean().item() for view in views_of(noise(), params)]
    )


def overlay_height(params: Views) -> float:
    """Rows, as a share of all, on which a grey frame differs."""
    grey = torch.full((FRAMES, 3, SIDE, SIDE), 0.5)
    changed = [((view - grey).abs().amax((1, 3)) > 1e-5).float() for view in views_of(grey, params)]
    return mean([rows.mean().item() for rows in changed])


def darkest(params: Views) -> float:
    """How much darker than a white frame the darkest channel of its darkest place is."""
    white = torch.ones(FRAMES, 3, SIDE, SIDE)
    return mean([1 - frame.amin().item() for view in views_of(white, params) for frame in view])


def contrast_lost(params: Views) -> float:
    """Standard deviation of white noise that is lost, as a share."""
    return mean([1 - (view.std() / noise().std()).item() for view in views_of(noise(), params)])


def share_of_black(params: Views) -> float:
    """Share of a white clip that a black other video takes."""
    white = torch.ones(FRAMES, 3, SIDE, SIDE)
    return mean([(view < 0.5).float().mean().item() for view in views_of(white, params)])


def mixed(params: Views) -> float:
    """Share of strong views in which another video is to be seen."""
    partners = (augment_view("video", "strong", n, clip=noise(), clips=Black(), params=params)[1] for n in range(VIEWS))  # type: ignore[arg-type]
    return mean([float(partner == "other") for partner in partners])


def count(kind: str) -> Callable[[Views], float]:
    return lambda params: len([kind_ for kind_, _ in view_kinds(params) if kind_ == kind])


def unlike_seed_0(params: Views) -> float:
    """Mean absolute difference from the views that the seed 0 gives."""
    first, second = (views_of(ramp(), params.model_copy(update={"seed": seed})) for seed in (0, params.seed))
    return mean([(one - other).abs().mean().item() for one, other in zip(first, second, strict=True)])


@dataclass(frozen=True)
class Row:
    """Two values of a parameter, what is measured at them, and the results, each to a tenth of their difference.

    results: None where there is no formula for them; the second must be larger all the same, by half at least.
    given: other parameters that it takes to see this one; all the others are off.
    """

    low: Any
    high: Any
    measure: Callable[[Views], float]
    results: tuple[float, float] | None
    given: dict[str, Any] = field(default_factory=dict)


# A Gaussian of standard deviation σ leaves white noise 1 / (2σ√π) of its own: 0.282 at σ = 1, 0.094 at 3.
# The strongest of three random colour channels is 0.75 on average, their weakest 0.25.
ROWS = {
    "weak": Row(1, 3, count("weak"), (1, 3)),
    "strong": Row(2, 5, count("strong"), (2, 5)),
    "seed": Row(0, 1, unlike_seed_0, None, {"strong_crop": (0.3, 1)}),
    "weak_crop": Row((0.3, 0.3), (0.9, 0.9), area_kept("weak"), (0.3, 0.9)),
    "strong_crop": Row((0.3, 0.3), (0.9, 0.9), area_kept("strong"), (0.3, 0.9)),
    "flip": Row(0, 1, flipped, (0, 1)),
    "operations": Row(1, 3, change, None),
    "magnitude": Row(5, 25, change, None, {"operations": 1}),
    "text": Row(0, 1, frames_changed, (0, 1)),
    "pictograph": Row(0, 1, frames_changed, (0, 1)),
    "overlay_size": Row((0.1, 0.1), (0.5, 0.5), overlay_height, None, {"text": 1}),
    "overlay_opacity": Row((0.2, 0.2), (1, 1), darkest, (0.2 * 0.75, 0.75), {"text": 1, "overlay_size": (0.5, 0.5)}),
    "blur": Row(0, 1, frames_changed, (0, 1)),
    "blur_sigma": Row((1, 1), (3, 3), contrast_lost, (0.718, 0.906), {"blur": 1}),
    "video_in_video": Row(0, 1, mixed, (0, 1)),
    "area": Row((0.8, 0.8), (0.3, 0.3), share_of_black, (0.2, 0.7), {"video_in_video": 1}),
}


def test_every_parameter_has_a_row() -> None:
    # `shards` says where the bank lies, not what is drawn.
    assert set(ROWS) == set(Views.model_fields) - {"shards"}


@pytest.mark.parametrize("parameter", ROWS)
def test_a_parameter_has_the_effect_it_names(parameter: str, view_params: Callable[..., Views]) -> None:
    row = ROWS[parameter]
    low, high = (row.measure(view_params(**row.given, **{parameter: value})) for value in (row.low, row.high))
    assert high > 1.5 * low or row.results
    if row.results:
        tolerance = 0.1 * (row.results[1] - row.results[0])
        assert (low, high) == pytest.approx(row.results, abs=tolerance)
