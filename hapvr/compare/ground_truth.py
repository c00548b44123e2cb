"""The benchmarks of two states: whether both rank the same videos for the same questions, so that scores compare."""

from functools import cache
from pathlib import Path
from typing import Any

from hapvr.compare.state import State
from hapvr.datasets.dataset import Dataset, read_dataset
from hapvr.evaluation.restriction import restrict


class NotComparableError(ValueError):
    """Why scores of one benchmark do not compare, or are not at hand; metrics alone may still be shown."""


def shared_ground_truth(first: State, second: State, benchmark: str) -> Dataset:
    """The ground truth that both states evaluate on, `evaluate.restrict_to` included. Raises NotComparableError."""
    old, new = (_find_dataset(state, benchmark) for state in (first, second))
    if _read(old) != _read(new):
        raise NotComparableError(
            "ground truth differs (videos, labels or tasks), so that metrics answer other questions"
        )
    listed = [_read_restriction(state, benchmark) for state in (first, second)]
    if listed[0] != listed[1]:
        raise NotComparableError(
            "evaluated on different videos (evaluate.restrict_to), so that metrics answer other questions"
        )
    dataset = _read(old)
    return dataset if listed[0] is None else restrict(dataset, set(listed[0]))


def same_ground_truth(first: State, second: State, benchmark: str) -> bool:
    """Whether both are the same, as far as hashes and lists tell: nothing is read of what DVC keeps."""
    path = _path(benchmark)
    if first.hash_of(path) != second.hash_of(path):
        return False
    return _restriction_text(first, benchmark) == _restriction_text(second, benchmark)


def _path(benchmark: str) -> str:
    return f"data/{benchmark}/dataset.json"


def _find_dataset(state: State, benchmark: str) -> Path:
    if (file := state.path_of(_path(benchmark))) is None:
        raise NotComparableError(f"{_path(benchmark)} of {state.name} is in neither DVC's cache nor a remote")
    return file


@cache
def _read(path: Path) -> Dataset:
    return read_dataset(path)


def _restriction(state: State, benchmark: str) -> Any:
    listed = state.params.get("evaluate", {}).get("restrict_to")
    return listed.get(benchmark) if isinstance(listed, dict) else listed


def _restriction_text(state: State, benchmark: str) -> str | None:
    listed = _restriction(state, benchmark)
    return None if listed is None else state.text(str(listed)) or f"no file {listed}"


def _read_restriction(state: State, benchmark: str) -> frozenset[str] | None:
    if (listed := _restriction(state, benchmark)) is None:
        return None
    if (text := state.text(str(listed))) is None:
        raise NotComparableError(
            f"the list {listed} of evaluate.restrict_to is not in {state.name}; put it under version control"
        )
    return frozenset(line.strip() for line in text.splitlines() if line.strip())
