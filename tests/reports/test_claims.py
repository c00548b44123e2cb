"""What a claim comes to, from the cells that test it."""

import numpy as np
import pandas as pd
import pytest

from hapvr.reports.claims import judge


def cells(better: int, worse: int, unclear: int, untested: int = 0) -> pd.DataFrame:
    rows = [(2, 0.001, True)] * better + [(-2, 0.001, True)] * worse + [(1, 0.4, False)] * unclear
    return pd.DataFrame([*rows, *[(0, np.nan, False)] * untested], columns=["difference", "p", "larger_than_noise"])


@pytest.mark.parametrize(
    ("better", "worse", "unclear", "verdict"),
    [
        (5, 0, 0, "holds"),
        (3, 0, 2, "holds"),
        (2, 0, 2, "holds in part"),  # not in most cells
        (1, 0, 9, "holds in part"),
        (8, 1, 0, "holds in part"),  # worse somewhere
        (2, 2, 0, "holds in part"),
        (1, 2, 7, "does not hold: the opposite"),
        (0, 1, 9, "does not hold: the opposite"),
        (0, 5, 0, "does not hold: the opposite"),
        (0, 0, 5, "cannot be told from noise"),
        (0, 0, 0, "cannot be told from noise"),
    ],
)
def test_verdict(better, worse, unclear, verdict):
    assert judge(cells(better, worse, unclear)).verdict == verdict


def test_cells_that_were_not_tested_are_not_counted():
    found = judge(cells(2, 0, 1, untested=7))
    assert found.verdict == "holds"
    assert found.sentence == (
        "Of 3 cells that could be tested, the first run is better by more than noise in 2 and worse by more than noise "
        "in 0; 1 cannot be told from noise."
    )


def test_one_cell_is_one():
    assert judge(cells(0, 0, 1)).sentence.startswith("Of 1 cell that could be tested, ")
