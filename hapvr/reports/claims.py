"""What a claim of the paper comes to here, from the table of differences that tests it."""

from typing import NamedTuple

import pandas as pd

HOLDS = "holds"
IN_PART = "holds in part"
OPPOSITE = "does not hold: the opposite"
UNCLEAR = "cannot be told from noise"


class Finding(NamedTuple):
    verdict: str
    sentence: str


def judge(table: pd.DataFrame) -> Finding:
    """The verdict on the claim that the first run of each pair is better, and the sentence that says why.

    table: a row per cell, as `hapvr.reports.differences` makes them; what has no p was not tested. Of the tested cells:
    better in most by more than noise and worse in none, the claim holds; better in some, and not worse in more of them,
    it holds in part; worse in more than are better, it is the opposite that holds; neither anywhere, nothing is known.
    """
    tested = table[table["p"].notna()]
    certain = tested[tested["larger_than_noise"].astype(bool)]
    better, worse = int((certain["difference"] > 0).sum()), int((certain["difference"] < 0).sum())
    sentence = (
        f"Of {len(tested)} {'cell' if len(tested) == 1 else 'cells'} that could be tested, the first run is better by "
        f"more than noise in {better} and worse by more than noise in {worse}; "
        f"{len(tested) - better - worse} cannot be told from noise."
    )
    return Finding(_verdict(better, worse, len(tested)), sentence)


def _verdict(better: int, worse: int, tested: int) -> str:
    if worse > better:
        return OPPOSITE
    if better == 0:
        return UNCLEAR
    return HOLDS if worse == 0 and 2 * better > tested else IN_PART
