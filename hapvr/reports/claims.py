"""What a claim of the paper comes to here, from the table of differences that tests it."""

from typing import NamedTuple

import pandas as pd

HOLDS = "holds"
IN_PART = "holds in part"
MIXED = "holds on some, the opposite on others"
AGAINST = "does not hold"
OPPOSITE = "does not hold: the opposite"
UNCLEAR = "cannot be told from noise"


class Finding(NamedTuple):
    verdict: str
    sentence: str


def judge(table: pd.DataFrame) -> Finding:
    """The verdict on the claim that the first run of each pair is better, and the sentence that says why.

    table: a row per cell, as `hapvr.reports.differences` makes them; what has no p was not tested. A claim is about
    each of its pairs: it holds if every pair is better by more than noise in most of its tested cells and worse in
    none; its opposite holds if every pair is worse in most and better in none. What lies between names its cells.
    """
    certain = table["p"].notna() & table["larger_than_noise"].astype(bool)
    cells = table.assign(
        better=certain & (table["difference"] > 0), worse=certain & (table["difference"] < 0), tested=table["p"].notna()
    )
    pairs = cells.groupby("label", sort=False)[["better", "worse", "tested"]].sum()
    better, worse, tested = (int(number) for number in pairs.sum())
    verdict = _verdict(pairs)
    sentence = (
        f"Of {tested} {'cell' if tested == 1 else 'cells'} that could be tested, the first run is better by "
        f"more than noise in {better} and worse by more than noise in {worse}; "
        f"{tested - better - worse} cannot be told from noise."
    )
    named = "" if verdict in (HOLDS, OPPOSITE, UNCLEAR) else f" {_name_pairs(cells)}"
    return Finding(verdict, sentence + named)


def _verdict(pairs: pd.DataFrame) -> str:
    """pairs: how many cells of each are better, worse and tested."""
    better, worse, tested = (pairs[column] for column in ("better", "worse", "tested"))
    if better.any() and worse.any():
        return MIXED
    if better.any():
        return HOLDS if (2 * better > tested).all() else IN_PART
    if worse.any():
        return OPPOSITE if (2 * worse > tested).all() else AGAINST
    return UNCLEAR


def _name_pairs(cells: pd.DataFrame) -> str:
    """Where each pair is better or worse; pairs that are neither come last."""
    parts, neither = [], []
    for label, rows in cells.groupby("label", sort=False):
        found = [f"{side} on {_name_tasks(rows[rows[side]])}" for side in ("better", "worse") if rows[side].any()]
        if found:
            parts.append(f"{label}: {', '.join(found)}.")
        else:
            neither.append(str(label))
    if neither:
        parts.append(f"Neither: {'; '.join(neither)}.")
    return " ".join(parts)


def _name_tasks(rows: pd.DataFrame) -> str:
    """`benchmark (task, …)`, benchmarks in the order of the table."""
    return " and ".join(f"{name} ({', '.join(of['task'])})" for name, of in rows.groupby("benchmark", sort=False))
