"""What a claim comes to, from the cells that test it."""

import numpy as np
import pandas as pd
import pytest

from hapvr.reports.claims import judge

BETTER, WORSE, UNCLEAR, UNTESTED = (2, 0.001, True), (-2, 0.001, True), (1, 0.4, False), (0, np.nan, False)


def cells(better: int, worse: int, unclear: int, untested: int = 0, label: str = "A − B") -> pd.DataFrame:
    """The cells of one pair, on tasks T0, T1, … of one benchmark."""
    rows = [BETTER] * better + [WORSE] * worse + [UNCLEAR] * unclear + [UNTESTED] * untested
    table = pd.DataFrame(rows, columns=["difference", "p", "larger_than_noise"])
    return table.assign(label=label, benchmark="b", task=[f"T{number}" for number in range(len(rows))])


@pytest.mark.parametrize(
    ("better", "worse", "unclear", "verdict"),
    [
        (5, 0, 0, "holds"),
        (3, 0, 2, "holds"),
        (2, 0, 2, "holds in part"),  # not in most cells
        (1, 0, 9, "holds in part"),
        (8, 1, 0, "holds on some, the opposite on others"),
        (1, 2, 7, "holds on some, the opposite on others"),
        (0, 1, 9, "does not hold"),  # one cell in ten is no opposite, as it would be no claim
        (0, 2, 2, "does not hold"),
        (0, 3, 2, "does not hold: the opposite"),
        (0, 5, 0, "does not hold: the opposite"),
        (0, 0, 5, "cannot be told from noise"),
        (0, 0, 0, "cannot be told from noise"),
    ],
)
def test_verdict_of_one_pair(better, worse, unclear, verdict):
    assert judge(cells(better, worse, unclear)).verdict == verdict


@pytest.mark.parametrize(
    ("sure", "other", "verdict"),
    [
        (cells(9, 0, 0), cells(2, 0, 1, label="C − D"), "holds"),
        (cells(9, 0, 0), cells(0, 0, 3, label="C − D"), "holds in part"),  # most cells, but not each pair
        (cells(9, 0, 0), cells(0, 0, 0, untested=3, label="C − D"), "holds in part"),  # nothing known of one pair
        (cells(9, 0, 0), cells(0, 1, 2, label="C − D"), "holds on some, the opposite on others"),
        (cells(0, 9, 0), cells(0, 2, 1, label="C − D"), "does not hold: the opposite"),
        (cells(0, 9, 0), cells(0, 0, 3, label="C − D"), "does not hold"),
    ],
)
def test_a_claim_is_about_each_of_its_pairs_in_any_order(sure, other, verdict):
    assert judge(pd.concat([sure, other])).verdict == verdict
    assert judge(pd.concat([other, sure])).verdict == verdict


def test_what_holds_in_part_names_its_cells():
    table = pd.concat([cells(1, 1, 1), cells(1, 0, 0).assign(benchmark="c"), cells(0, 0, 3, label="C − D")])
    assert judge(table).sentence == (
        "Of 7 cells that could be tested, the first run is better by more than noise in 2 and worse by more than noise "
        "in 1; 4 cannot be told from noise. A − B: better on b (T0) and c (T0), worse on b (T1). Neither: C − D."
    )


def test_cells_that_were_not_tested_are_not_counted():
    found = judge(cells(2, 0, 1, untested=7))
    assert found.verdict == "holds"
    assert found.sentence == (
        "Of 3 cells that could be tested, the first run is better by more than noise in 2 and worse by more than noise "
        "in 0; 1 cannot be told from noise."
    )


def test_one_cell_is_one():
    assert judge(cells(0, 0, 1)).sentence.startswith("Of 1 cell that could be tested, ")
