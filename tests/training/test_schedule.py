from collections.abc import Callable

import pytest

from hapvr.training.options import Train
from hapvr.training.step import learning_rate


def test_warm_up_is_linear_and_cosine_ends_at_the_final_factor(train_params: Callable[..., Train]) -> None:
    params = train_params(steps=9, warmup_steps=4, learning_rate=0.8, warmup_factor=0.5, final_factor=0.25)
    rates = [learning_rate(step, params) for step in range(9)]
    # Half way down the cosine lies the mean of peak and end.
    assert rates[:5] == pytest.approx([0.4, 0.5, 0.6, 0.7, 0.8])
    assert rates[6] == pytest.approx(0.5)
    assert rates[8] == pytest.approx(0.2)


def test_without_warm_up_the_first_step_has_the_full_rate(train_params: Callable[..., Train]) -> None:
    assert learning_rate(0, train_params(warmup_steps=0, learning_rate=0.8)) == 0.8


def test_a_single_step_is_a_valid_training(train_params: Callable[..., Train]) -> None:
    assert learning_rate(0, train_params(steps=1, warmup_steps=0, learning_rate=0.8)) == 0.8
