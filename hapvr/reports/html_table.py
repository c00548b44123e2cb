"""A grid as the page's template takes it: merged heads, and cells that lead to what stands behind them."""

from collections.abc import Mapping
from typing import NamedTuple

from hapvr.reports.grid import NO_BREAK, Grid

Details = Mapping[tuple[str, str, str], tuple[str, str]]
"""(row, benchmark, task) → what stands behind the number: key of its detail, and of the run that it is of."""


class Head(NamedTuple):
    text: str
    columns: int


class Cell(NamedTuple):
    """below: deviation or interval, in a line of its own. detail, run: as in `Details`; empty: nothing is behind it."""

    text: str
    below: str
    best: bool
    detail: str
    run: str


class Row(NamedTuple):
    """reported: numbers of the paper, which stay below the row that they belong to."""

    label: str
    reported: bool
    cells: list[Cell]


class HtmlTable(NamedTuple):
    """groups: the upper lines of heads. heads: the line that names columns."""

    groups: list[list[Head]]
    heads: list[str]
    rows: list[Row]


def html_table(grid: Grid, details: Details) -> HtmlTable:
    """The table of a grid; numbers that `details` has lead there."""
    columns = [(str(metric), str(benchmark), str(task)) for metric, benchmark, task in grid.text.columns]
    # What names a column stands lowest, where people sort.
    shown = [(first, second, last) if last else (first, "", second) for first, second, last in columns]
    groups = [_merge([column[: level + 1] for column in shown]) for level in range(2)]
    rows = [
        Row(
            str(label),
            label in grid.reported,
            [
                _cell(str(text), bool(best), details.get((str(label), column[1], column[2]), ("", "")))
                for text, best, column in zip(cells, grid.best.loc[label], columns, strict=True)
            ],
        )
        for label, cells in zip(grid.text.index, grid.text.to_numpy(), strict=True)
    ]
    return HtmlTable([line for line in groups if any(head.text for head in line)], [last for *_, last in shown], rows)


def lead_to_runs(grid: Grid, runs: Mapping[str, str]) -> Details:
    """Every number of a row leads to its run. runs: label of a row → run."""
    return {
        (label, str(benchmark), str(task)): (f"run/{run}", run)
        for label, run in runs.items()
        for _, benchmark, task in grid.text.columns
    }


def _merge(places: list[tuple[str, ...]]) -> list[Head]:
    """Neighbours below the same heads share one."""
    merged: list[tuple[tuple[str, ...], int]] = []
    for place in places:
        if merged and merged[-1][0] == place:
            merged[-1] = (place, merged[-1][1] + 1)
        else:
            merged.append((place, 1))
    return [Head(place[-1], count) for place, count in merged]


def _cell(text: str, best: bool, detail: tuple[str, str]) -> Cell:
    """The value, and below it the deviation or the interval that follows it."""
    sign = next((sign for sign in (" ±", " [") if sign in text), None)
    value, found, rest = text.partition(sign) if sign else (text, "", "")
    below = f"{found.strip()}{rest}".replace(NO_BREAK, " ")
    return Cell(value, below, best, *(detail if value not in ("", "–") else ("", "")))
