"""All that differs between a first state and each of the others, gathered; `report` says it in words and tables."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from hapvr.compare.code import changed_code, outdated_stages
from hapvr.compare.metrics import Baseline, Drawn, Measured, Pair
from hapvr.compare.parameters import Change, changed_parameters
from hapvr.compare.state import State
from hapvr.reports.differences import with_verdicts


@dataclass(frozen=True)
class Compared:
    """One state beside the first.

    availability: benchmark → what was found of it, at first and here. only_first, only_here: pairs of a run and a
    benchmark that the other does not evaluate. lacking: pairs that both evaluate, of which one has no results.
    """

    state: State
    parameters: list[Change]
    code: dict[str, str]
    availability: dict[str, tuple[dict[str, Any] | None, dict[str, Any] | None]]
    measured: Measured
    only_first: list[Pair]
    only_here: list[Pair]
    lacking: list[Pair]

    @property
    def is_same(self) -> bool:
        """Whether neither parameters nor code nor data nor results differ."""
        differing = [self.parameters, self.code, self.measured.rows, self.only_first, self.only_here, self.lacking]
        return not any(differing) and all(old == new for old, new in self.availability.values())


@dataclass(frozen=True)
class Comparison:
    """table: a row per cell of every comparison, with `place` (which of `compared`), `p_holm` over all of them and
    `larger_than_noise`. outdated: name of a state → stages that were not run again since parameters or code changed.
    """

    first: State
    compared: list[Compared]
    table: pd.DataFrame
    drawn: Drawn
    outdated: dict[str, list[str]]

    @property
    def changes(self) -> pd.DataFrame:
        """AP of every single query that changed, with `place`."""
        parts = [
            part.assign(place=place)
            for place, of in enumerate(self.compared)
            for part in of.measured.queries
            if len(part)
        ]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def compare_states(states: list[State], drawn: Drawn, *, runs: Iterable[str], benchmark: str | None) -> Comparison:
    """The first state with each of the others, tested together.

    runs: only these; empty: all that both evaluate. benchmark: only on this one. Raises ValueError for names that
    neither state evaluates, and for a state without any results.
    """
    first, *others = states
    baseline, wanted = Baseline(first, drawn), set(runs)
    _check_names(states, wanted, benchmark)
    for state in states:
        _check_results(state)
    compared = [_compare(baseline, other, wanted=wanted, benchmark=benchmark) for other in others]
    tables = [of.measured.table.assign(place=place) for place, of in enumerate(compared)]
    table = with_verdicts(pd.concat(tables, ignore_index=True), drawn.confidence)
    outdated = {state.name: found for state in states if (found := outdated_stages(state))}
    return Comparison(first, compared, table, drawn, outdated)


def _compare(baseline: Baseline, other: State, *, wanted: set[str], benchmark: str | None) -> Compared:
    first = baseline.state

    def asked(state: State) -> list[Pair]:
        return [
            pair for pair in state.evaluations if pair[0] in (wanted or {pair[0]}) and pair[1] == (benchmark or pair[1])
        ]

    here, there = asked(other), asked(first)
    both = [pair for pair in here if pair in there]
    lacking = [pair for pair in both if not (_has_results(first, pair) and _has_results(other, pair))]
    names = dict.fromkeys(name for _, name in [*there, *here])
    files = {name: f"reports/metrics/{name}/availability.json" for name in names}
    return Compared(
        state=other,
        parameters=changed_parameters(first, other),
        code=changed_code(first, other),
        availability={name: (first.read_json(file), other.read_json(file)) for name, file in files.items()},
        measured=baseline.compare(other, [pair for pair in both if pair not in lacking]),
        only_first=[pair for pair in there if pair not in here],
        only_here=[pair for pair in here if pair not in there],
        lacking=lacking,
    )


def _has_results(state: State, pair: Pair) -> bool:
    run, benchmark = pair
    return state.metrics(run, benchmark) is not None or state.hash_of(f"scores/{run}/{benchmark}.h5") is not None


def _check_results(state: State) -> None:
    if not any(_has_results(state, pair) for pair in state.evaluations):
        raise ValueError(
            f"{state.name}: no results: none of the runs that its plan.json evaluates has scores in dvc.lock or a file "
            "in reports/metrics; run `dvc repro` there and commit dvc.lock and reports/, or name another revision"
        )


def _check_names(states: list[State], runs: set[str], benchmark: str | None) -> None:
    pairs = {pair for state in states for pair in state.evaluations}
    for option, names, accepted in (
        ("--run", sorted(runs), sorted({run for run, _ in pairs})),
        ("--benchmark", [benchmark] if benchmark else [], sorted({name for _, name in pairs})),
    ):
        if unknown := [name for name in names if name not in accepted]:
            raise ValueError(
                f"{option} {unknown[0]}: evaluated in none of these revisions; accepted: {', '.join(accepted)}"
            )
