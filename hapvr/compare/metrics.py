"""Metrics of two states, each run with itself: differences with intervals and p where both have scores, else values."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from hapvr.compare.ground_truth import NotComparableError, same_ground_truth, shared_ground_truth
from hapvr.compare.queries import precision_changes
from hapvr.compare.state import State
from hapvr.datasets.dataset import Dataset
from hapvr.evaluation.bootstrap import ResampledRun
from hapvr.reports.differences import compare_runs
from hapvr.storage.scores import Scores, read_scores

Pair = tuple[str, str]
"""A run and a benchmark."""

VALUES = ["run", "benchmark", "task", "metric", "other_value", "run_value", "difference", "low", "high", "p"]


@dataclass(frozen=True)
class Drawn:
    """How many resamples of which seed give intervals of which confidence."""

    resamples: int
    seed: int
    confidence: float


@dataclass
class Measured:
    """What came out: rows of `compare_runs` (without interval and p where scores are not at hand), the changes of
    single queries, the pairs that are the same byte for byte, and a sentence for each thing that could not be done."""

    rows: list[pd.DataFrame] = field(default_factory=list)
    queries: list[pd.DataFrame] = field(default_factory=list)
    unchanged: list[Pair] = field(default_factory=list)
    alone: dict[str, list[Pair]] = field(default_factory=dict)

    @cached_property
    def table(self) -> pd.DataFrame:
        """All rows."""
        return pd.concat(self.rows, ignore_index=True)[VALUES] if self.rows else pd.DataFrame(columns=VALUES)


class Baseline:
    """The first state, whose runs are resampled once however many others they are compared with."""

    def __init__(self, state: State, drawn: Drawn) -> None:
        self.state, self.drawn = state, drawn
        self._resampled: dict[Pair, tuple[Dataset, ResampledRun]] = {}

    def compare(self, other: State, pairs: Iterable[Pair]) -> Measured:
        """Each pair of a run and a benchmark, that both states evaluate, in `other` minus here."""
        found = Measured()
        for run, benchmark in pairs:
            if self._is_unchanged(other, run, benchmark):
                found.unchanged.append((run, benchmark))
                continue
            try:
                rows, queries = self._test(other, run, benchmark)
                found.queries.append(queries)
            except NotComparableError as error:
                found.alone.setdefault(str(error), []).append((run, benchmark))
                rows = _values_alone(self.state, other, run, benchmark)
            found.rows.append(rows.assign(run=run, benchmark=benchmark))
        return found

    def _is_unchanged(self, other: State, run: str, benchmark: str) -> bool:
        path = _path(run, benchmark)
        digest = self.state.hash_of(path)
        if digest is None or digest != other.hash_of(path):
            return False
        return same_ground_truth(self.state, other, benchmark)

    def _test(self, other: State, run: str, benchmark: str) -> tuple[pd.DataFrame, pd.DataFrame]:
        dataset = shared_ground_truth(self.state, other, benchmark)
        old, new = (_find_scores(state, run, benchmark) for state in (self.state, other))
        known = self._resampled.get((run, benchmark))
        if known is None or known[0] != dataset:
            known = self._resampled[run, benchmark] = dataset, self._resample(dataset, old)
        rows = compare_runs(self._resample(dataset, new), known[1], confidence=self.drawn.confidence)
        return rows, precision_changes(dataset, old, new).assign(run=run, benchmark=benchmark)

    def _resample(self, dataset: Dataset, scores: dict[str, Scores]) -> ResampledRun:
        return ResampledRun(dataset, scores, resamples=self.drawn.resamples, seed=self.drawn.seed)


def _path(run: str, benchmark: str) -> str:
    return f"scores/{run}/{benchmark}.h5"


def _find_scores(state: State, run: str, benchmark: str) -> dict[str, Scores]:
    if (file := state.path_of(_path(run, benchmark))) is None:
        raise NotComparableError(
            f"scores of {state.name} are in neither DVC's cache nor a remote, so metrics are compared alone; make them "
            "again by `git checkout` and `dvc repro` there, and come back"
        )
    return read_scores(file)


def _values_alone(first: State, second: State, run: str, benchmark: str) -> pd.DataFrame:
    """Rows without interval and p, from the JSON of both; none for a task that one of them lacks."""
    old, new = (state.metrics(run, benchmark) or {} for state in (first, second))
    rows = [
        {"task": task, "metric": metric, "other_value": 100 * old[task][metric], "run_value": 100 * values[metric]}
        for task, values in new.items()
        for metric in ("mAP", "uAP")
        if metric in values and metric in old.get(task, {})
    ]
    table = pd.DataFrame(rows, columns=["task", "metric", "other_value", "run_value"])
    nothing = float("nan")
    return table.assign(difference=table["run_value"] - table["other_value"], low=nothing, high=nothing, p=nothing)
