"""Every parameter of `train.temporal` changes what it says: a quantity is measured at two of its values."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest

from hapvr.seeding import generator_of
from hapvr.views.options import Temporal
from hapvr.views.temporal import temporal_indices
from tests.training.conftest import NONE

DRAWS = 200
FRAMES = 60
OFF = NONE | {"segment": (5, 5)}


def draws(params: Temporal) -> list[list[int]]:
    return [temporal_indices(FRAMES, params, generator_of(number)).tolist() for number in range(DRAWS)]


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def changed(params: Temporal) -> float:
    """Share of clips that are not as they were."""
    return mean([float(indices != list(range(FRAMES))) for indices in draws(params)])


def out_of_order(params: Temporal) -> float:
    """Share of clips in which a frame comes before an earlier one."""
    return mean([float(indices != sorted(indices)) for indices in draws(params)])


def lost(params: Temporal) -> float:
    """Share of frames that are not to be seen."""
    return mean([1 - len(set(indices)) / FRAMES for indices in draws(params)])


def length(params: Temporal) -> float:
    """Frames of a clip, as a share of those it had."""
    return mean([len(indices) / FRAMES for indices in draws(params)])


def added(params: Temporal) -> float:
    """Frames that a clip has more than it had."""
    return mean([len(indices) - FRAMES for indices in draws(params)])


def cuts(params: Temporal) -> float:
    """Places in a clip where the next frame is not that which follows."""
    return mean([sum(b - a != 1 for a, b in pairwise(indices)) for indices in draws(params)])


@dataclass(frozen=True)
class Row:
    """Two values of a parameter, what is measured at them, and the results, each to a tenth of their difference.

    given: other parameters that it takes to see this one.
    """

    low: Any
    high: Any
    measure: Callable[[Temporal], float]
    results: tuple[float, float]
    given: dict[str, Any] = field(default_factory=dict)


SHUFFLED = {"shuffle_dropout": 1, "shuffle": 1}
# Of n segments in random order, one in n is followed by its successor: n − 1 places less (n − 1) / n of them are cuts.
ROWS = {
    "shuffle_dropout": Row(0, 1, changed, (0, 1), {"shuffle": 1}),
    "fast_forward": Row(0, 1, changed, (0, 1)),
    "slow_motion": Row(0, 1, changed, (0, 1)),
    "reverse": Row(0, 1, changed, (0, 1)),
    "pause": Row(0, 1, changed, (0, 1)),
    "segment": Row((20, 20), (3, 3), cuts, (2 - 2 / 3, 19 - 19 / 20), SHUFFLED),
    "shuffle": Row(0, 1, out_of_order, (0, 1), {"shuffle_dropout": 1}),
    "dropout": Row(0, 0.5, lost, (0, 0.5), {"shuffle_dropout": 1}),
    "speed": Row((2, 2), (5, 5), length, (0.5, 0.2), {"fast_forward": 1}),
    "slowness": Row((2, 2), (3, 3), length, (2, 3), {"slow_motion": 1}),
    "pause_frames": Row((0, 2), (2, 6), added, (1, 4), {"pause": 1}),
}


def test_every_parameter_has_a_row() -> None:
    assert set(ROWS) == set(Temporal.model_fields)


@pytest.mark.parametrize("parameter", ROWS)
def test_a_parameter_has_the_effect_it_names(parameter: str) -> None:
    row = ROWS[parameter]
    results = tuple(
        row.measure(Temporal.model_validate(OFF | row.given | {parameter: value})) for value in (row.low, row.high)
    )
    assert results == pytest.approx(row.results, abs=0.1 * abs(row.results[1] - row.results[0]))


@pytest.mark.parametrize("parameter", ["shuffle_dropout", "fast_forward", "slow_motion", "reverse", "pause"])
def test_a_chance_is_how_often_it_happens(parameter: str) -> None:
    params = Temporal.model_validate(OFF | {"shuffle": 1, parameter: 0.3})
    assert changed(params) == pytest.approx(0.3, abs=0.1)
