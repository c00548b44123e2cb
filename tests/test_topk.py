"""k at both levels, from rates and lengths alone."""

import inspect

import pytest

from hapvr.methods import METHODS
from hapvr.topk import RATES, STRIDES, kept_at_levels, same_network


def network(region: float, frame: float, minimum: int = 8) -> dict[str, object]:
    return {
        "name": "similarity_network", "region_top_rate": region, "frame_top_rate": frame, "minimum_frames": minimum,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("rates", "frames", "expected"),
    [
        # The published rates: 0.9 of 9 regions; 0.21 of 7 rows, 1.5 of 50 rows is 2 (a tie goes to the even number).
        ((0.1, 0.03), 28, (1, 1)),
        ((0.1, 0.03), 199, (1, 1)),
        ((0.1, 0.03), 200, (1, 2)),
        ((0.3, 0.5), 12, (3, 2)),
        ((0, 0), 5000, (1, 1)),
        ((1, 1), 28, (9, 7)),
        # Repeated to 9 frames, two rows.
        ((0, 1), 3, (1, 2)),
    ],
)
def test_kept_by_the_network(rates: tuple[float, float], frames: int, expected: tuple[int, int]) -> None:
    assert kept_at_levels(network(*rates), frames) == expected


def test_frozen_features_have_a_row_per_frame() -> None:
    chamfer = {"name": "chamfer", "region_top_rate": 0.1, "frame_top_rate": 0.25}
    assert kept_at_levels(chamfer, 12) == (1, 3)
    assert kept_at_levels({"name": "mean_pool"}, 12) == (1, 1)


def test_strides_are_those_of_the_methods_that_pool_by_rates() -> None:
    pooled = {name for name in METHODS if set(RATES) <= inspect.signature(METHODS[name]).parameters.keys()}
    assert {name: METHODS[name].stride for name in pooled} == STRIDES


def test_rates_that_keep_as_many_are_the_same_network() -> None:
    plain = network(0, 0)
    assert same_network(plain, network(0.1, 0.03), 28)
    assert not same_network(plain, network(0.1, 0.03), 400)
    assert not same_network(plain, network(0.3, 0.03), 28)
    assert not same_network(plain, network(0, 0, minimum=4), 28)
