from collections import Counter

import pytest
import torch
from kornia import enhance
from torch import Tensor

from hapvr.seeding import generator_of
from hapvr.views.randaugment import OPERATIONS, rand_augment


def apply(name: str, clip: Tensor, magnitude: int, sign: float = 1.0) -> Tensor:
    return OPERATIONS[name](clip, magnitude / 30, sign)


def spot(row: int, column: int, side: int = 60) -> Tensor:
    """A black frame with a bright square of 4 × 4 pixels centred at a pixel corner."""
    frame = torch.zeros(1, 3, side, side)
    frame[..., row - 2 : row + 2, column - 2 : column + 2] = 1
    return frame


def centre(frame: Tensor) -> tuple[float, float]:
    """Row and column of the brightness centre, in pixel corners."""
    weights = frame[0, 0] / frame[0, 0].sum()
    rows, columns = (torch.arange(side) + 0.5 for side in frame.shape[-2:])
    return (weights.sum(1) @ rows).item(), (weights.sum(0) @ columns).item()


@pytest.mark.parametrize("name", sorted(set(OPERATIONS) - {"posterize", "auto_contrast", "equalize"}))
def test_magnitude_zero_changes_nothing(name: str, clip: Tensor) -> None:
    torch.testing.assert_close(apply(name, clip, 0), clip, atol=1e-4, rtol=0)


@pytest.mark.parametrize("name", sorted(set(OPERATIONS) - {"identity", "auto_contrast", "equalize"}))
def test_a_larger_magnitude_changes_more(name: str, clip: Tensor) -> None:
    small, large = ((apply(name, clip, magnitude) - clip).abs().mean() for magnitude in (9, 27))
    assert 0 < small < large


@pytest.mark.parametrize("name", ["shear_x", "shear_y", "translate_x", "translate_y", "rotate", "brightness"])
def test_the_sign_changes_the_direction(name: str, clip: Tensor) -> None:
    assert not torch.allclose(apply(name, clip, 9, 1.0), apply(name, clip, 9, -1.0), atol=0.01)


def test_translation_moves_by_the_published_distance() -> None:
    # Magnitude 9 of 30 moves by 0.3 · 150 / 331 of the side: 8.16 of 60 pixels.
    for name, expected in (("translate_x", (30, 30 - 8.157)), ("translate_y", (30 - 8.157, 30))):
        assert centre(apply(name, spot(30, 30), 9)) == pytest.approx(expected, abs=0.05)


def test_rotation_turns_by_the_published_angle_and_keeps_the_distance() -> None:
    row, column = centre(apply("rotate", spot(30, 50), 30))
    assert (abs(row - 30), column - 30) == pytest.approx((10, 20 * 3**0.5 / 2), abs=0.1)


def test_shear_moves_in_proportion_to_the_distance_from_the_corner() -> None:
    _, near = centre(apply("shear_x", spot(20, 30), 30))
    _, far = centre(apply("shear_x", spot(40, 30), 30))
    assert (abs(near - 30), abs(far - 30)) == pytest.approx((6, 12), abs=0.1)


def test_shear_moves_by_the_same_distance_on_a_frame_that_is_not_square() -> None:
    wide = torch.nn.functional.pad(spot(20, 30), [30, 30])
    assert abs(centre(apply("shear_x", wide, 30))[1] - 60) == pytest.approx(6, abs=0.1)
    tall = torch.nn.functional.pad(spot(30, 20), [0, 0, 30, 30])
    assert abs(centre(apply("shear_y", tall, 30))[0] - 60) == pytest.approx(6, abs=0.1)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_sharpness_is_that_of_kornia(sign: float, clip: Tensor) -> None:
    expected = enhance.sharpness(clip, 1 + sign * 0.9)
    torch.testing.assert_close(apply("sharpness", clip, 30, sign).clamp(0, 1), expected, atol=1e-6, rtol=0)


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_an_operation_stays_on_the_device_of_the_clip(name: str) -> None:
    assert apply(name, torch.empty((2, 3, 32, 32), device="meta"), 9).device.type == "meta"


def test_brightness_solarize_and_posterize_have_the_published_values() -> None:
    clip = torch.tensor([0.2, 0.6, 0.8]).view(1, 1, 1, 3).expand(1, 3, 4, 3)
    assert apply("brightness", clip, 10)[0, 0, 0].tolist() == pytest.approx([0.26, 0.78, 1.0])
    assert apply("brightness", clip, 10, -1.0)[0, 0, 0].tolist() == pytest.approx([0.14, 0.42, 0.56])
    # Magnitude 9 of 30 inverts what is at least 0.7.
    assert apply("solarize", clip, 9)[0, 0, 0].tolist() == pytest.approx([0.2, 0.6, 0.2])
    # Magnitude 30 keeps four bits of eight.
    assert (apply("posterize", clip, 30)[0, 0, 0] * 255).tolist() == pytest.approx([48, 144, 192], abs=1)


def test_auto_contrast_spreads_each_channel_and_leaves_a_flat_one() -> None:
    clip = torch.stack([torch.linspace(0.2, 0.6, 16).view(4, 4), torch.full((4, 4), 0.3), torch.zeros(4, 4)])[None]
    spread = apply("auto_contrast", clip, 9)
    assert (spread[0, 0].min().item(), spread[0, 0].max().item()) == pytest.approx((0, 1))
    assert torch.equal(spread[0, 1:], clip[0, 1:])


def test_every_operation_is_drawn_and_operations_follow_one_another(
    clip: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[tuple[str, float, float]] = []
    for name in OPERATIONS:

        def record(image: Tensor, share: float, sign: float, name: str = name) -> Tensor:
            drawn.append((name, share, sign))
            return image

        monkeypatch.setitem(OPERATIONS, name, record)
    for number in range(300):
        rand_augment(clip, 2, 9, generator=generator_of(number))
    assert len(drawn) == 600
    counts = Counter(name for name, _, _ in drawn)
    assert set(counts) == set(OPERATIONS)
    assert max(counts.values()) < 3 * min(counts.values())
    assert {share for _, share, _ in drawn} == {0.3}
    assert Counter(sign for *_, sign in drawn)[1.0] == pytest.approx(300, abs=50)
