import math
from collections.abc import Callable, Sequence
from typing import Any

import pytest
import torch

from hapvr.project import Project
from hapvr.similarity import SimilarityNetwork
from hapvr.stages.train import batch_source
from hapvr.training import loop
from hapvr.training.loop import FinishedStep, fit
from hapvr.training.objective import Losses
from hapvr.training.options import Train
from hapvr.training.state import best_row, is_finished, kept_step


def rows_of(*values: float) -> list[dict[str, float]]:
    return [{"step": number + 1, "validation_mAP": value} for number, value in enumerate(values)]


ROWS = rows_of(math.nan, 0.5, math.nan, 0.7, math.nan, 0.7, math.nan, 0.6)


def test_the_best_validation_is_kept_and_of_equals_the_earliest(train_params: Callable[..., Train]) -> None:
    assert best_row(ROWS) is ROWS[3]
    assert kept_step(ROWS, train_params(keep="best")) == 4
    assert kept_step(ROWS, train_params(keep="last")) == 8


def test_without_a_validation_the_last_step_is_kept(train_params: Callable[..., Train]) -> None:
    assert kept_step(rows_of(math.nan, math.nan), train_params(keep="best")) == 2


@pytest.mark.parametrize(("patience", "stops_after"), [(1, 6), (2, 8), (3, None), (None, None)])
def test_patience_counts_validations_without_a_better_one(
    patience: int | None, stops_after: int | None, train_params: Callable[..., Train]
) -> None:
    params = train_params(steps=100, patience=patience)
    stops = [count for count in range(1, 9) if is_finished(ROWS[:count], params)]
    assert stops[:1] == ([stops_after] if stops_after else [])


@pytest.mark.parametrize(
    ("changes", "named"), [({"keep": "best"}, "keep: best found"), ({"patience": 3}, "patience: 3 found")]
)
def test_choosing_by_validation_without_held_out_videos_is_refused(
    changes: dict[str, Any], named: str, train_params: Callable[..., Train]
) -> None:
    with pytest.raises(
        ValueError, match=rf"{named} with validation_share: 0, .*raise validation_share, or put keep: last"
    ):
        train_params(validation_share=0, **changes)


def test_a_share_that_rounds_to_no_video_is_refused_when_training_starts(make_project: Callable[..., Project]) -> None:
    project = make_project(validation_share=0.04, keep="best")
    with pytest.raises(ValueError, match=r"train.keep: best .* train.validation_share: 0.04 of the training videos"):
        trained(project)


def trained(project: Project) -> tuple[list[FinishedStep], list[dict[str, torch.Tensor]], dict[str, torch.Tensor]]:
    """Steps, weights after each of them, weights at the end."""
    torch.manual_seed(0)
    network = SimilarityNetwork(16, 0.3, 0.2)
    source, params = batch_source(project, 0), project.params.train
    steps, weights = [], []
    for step in fit(network, source, Losses(project.params.losses_of("s2vs")), params):
        steps.append(step)
        weights.append({name: value.clone() for name, value in network.state_dict().items()})
    return steps, weights, network.state_dict()


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Callable[[Sequence[float]], None]:
    """Makes validations give these values, one after the other."""

    def use(values: Sequence[float]) -> None:
        left = iter(values)
        monkeypatch.setattr(loop, "validate", lambda *_: next(left))

    return use


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(value, second[name]) for name, value in first.items())


def test_keep_best_ends_with_the_weights_of_the_best_validation(
    make_project: Callable[..., Project], scripted: Callable[[Sequence[float]], None]
) -> None:
    scripted([0.5, 0.7, 0.7, 0.6])
    steps, weights, final = trained(make_project(steps=8, keep="best"))
    assert len(steps) == 8
    assert same(final, weights[3])
    assert not same(final, weights[7])


def test_patience_stops_early_and_the_last_weights_stay(
    make_project: Callable[..., Project], scripted: Callable[[Sequence[float]], None]
) -> None:
    scripted([0.5, 0.7, 0.7, 0.6])
    steps, weights, final = trained(make_project(steps=8, patience=1))
    assert [step.row["step"] for step in steps] == [1, 2, 3, 4, 5, 6]
    assert same(final, weights[5])
