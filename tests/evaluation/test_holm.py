"""Holm's correction."""

import numpy as np

from hapvr.evaluation.holm import holm


def test_by_hand() -> None:
    # 0.01 · 4, 0.02 · 3, 0.025 · 2 = 0.05 raised to the 0.06 before it, 0.5 · 1
    np.testing.assert_allclose(holm(np.array([0.5, 0.02, 0.01, 0.025])), [0.5, 0.06, 0.04, 0.06])


def test_what_was_not_tested_is_not_counted() -> None:
    np.testing.assert_allclose(holm(np.array([np.nan, 0.02, np.nan, 0.03])), [np.nan, 0.04, np.nan, 0.04])


def test_none_is_above_one_and_equal_values_stay_equal() -> None:
    np.testing.assert_allclose(holm(np.array([0.4, 0.4, 0.9])), [1, 1, 1])


def test_nothing_tested() -> None:
    assert np.isnan(holm(np.array([np.nan]))).all()
    assert len(holm(np.array([]))) == 0
