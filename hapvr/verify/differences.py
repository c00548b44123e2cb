"""Two makings of one file: equal, or what differs and by how much."""

import csv
import json
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np

Values = dict[str, np.ndarray]


def describe_difference(first: Path, second: Path) -> str | None:
    """What differs between two files, in words; None where their bytes are equal or neither is there."""
    here = [path.is_file() for path in (first, second)]
    if not all(here):
        return None if not any(here) else f"only {'the first' if here[0] else 'the second'} has it"
    if first.read_bytes() == second.read_bytes():
        return None
    reader = READERS.get(first.suffix)
    if reader is None:
        return f"other bytes, {first.stat().st_size:,} and {second.stat().st_size:,}"
    return compare_values(reader(first), reader(second))


def compare_values(first: Values, second: Values) -> str:
    """How many arrays and values differ, and the largest difference of numbers beside the largest number."""
    said = [f"{name} only in {place}" for name, place in _alone(first, second)]
    numbers, others, largest, scale, where = 0, 0, 0.0, 0.0, ""
    for name in first.keys() & second.keys():
        old, new = first[name], second[name]
        if old.shape != new.shape:
            said.append(f"{name} has shape {list(old.shape)} and {list(new.shape)}")
        elif not _is_number(old) or not _is_number(new):
            others += int(np.sum(old.astype(str) != new.astype(str)))
        elif len(differing := np.flatnonzero((old != new) & ~(np.isnan(old) & np.isnan(new)))):
            numbers += len(differing)
            difference = float(np.max(np.abs(old.ravel()[differing] - new.ravel()[differing])))
            scale = max(scale, float(np.nanmax(np.abs(old))))
            if difference >= largest or np.isnan(difference):
                largest, where = difference, name
    if numbers:
        total = sum(values.size for values in first.values() if _is_number(values))
        said.append(f"{numbers:,} of {total:,} numbers, by up to {largest:.3g} ({where}) where they reach {scale:.3g}")
    if others:
        said.append(f"{others:,} other values")
    return "; ".join(said) or "other bytes, equal values"


def files_below(path: Path) -> list[str]:
    """Relative path of a file (`.`) or of each file in a folder; what engines leave there is left out."""
    if path.is_file():
        return ["."]
    files = (file for file in sorted(path.rglob("*")) if file.is_file() and not file.name.startswith("."))
    return [file.relative_to(path).as_posix() for file in files]


def _alone(first: Values, second: Values) -> Iterator[tuple[str, str]]:
    yield from ((name, "the first") for name in sorted(first.keys() - second.keys()))
    yield from ((name, "the second") for name in sorted(second.keys() - first.keys()))


def _is_number(values: np.ndarray) -> bool:
    return values.dtype.kind in "fiub"


def _as_number(value: Any) -> float | None:
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _column(values: list[Any]) -> np.ndarray:
    """Numbers where all are, else text; what is empty is not a number."""
    numbers = [float("nan") if value in ("", None) else _as_number(value) for value in values]
    return np.array(values, object) if None in numbers else np.array(numbers, float)


def _read_hdf5(path: Path) -> Values:
    import h5py

    found: Values = {}
    with h5py.File(path) as file:

        def visit(name: str, item: Any) -> None:
            found.update({f"{name}@{key}": np.array(value) for key, value in item.attrs.items()})
            if isinstance(item, h5py.Dataset):
                found[name] = _widen(np.asarray(item[()]))

        file.visititems(visit)
    return found


def _read_safetensors(path: Path) -> Values:
    from safetensors.torch import load_file

    return {name: tensor.double().numpy() for name, tensor in load_file(path).items()}


def _widen(values: np.ndarray) -> np.ndarray:
    return values.astype(float) if values.dtype.kind in "fiub" else values


def _read_json(path: Path) -> Values:
    found: dict[str, list[Any]] = {}

    def walk(name: str, value: Any) -> None:
        match value:
            case dict():
                for key, inner in value.items():
                    walk(f"{name}.{key}" if name else key, inner)
            case list():
                for number, inner in enumerate(value):
                    walk(f"{name}.{number}", inner)
            case _:
                found[name] = [value]

    walk("", json.loads(path.read_text(encoding="utf-8")))
    return {name: _column(values) for name, values in found.items()}


def _read_table(path: Path) -> Values:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t" if path.suffix == ".tsv" else ","))
    columns = zip_longest(*rows[1:], fillvalue="")
    return {name: _column(list(column)) for name, column in zip(rows[0], columns, strict=False)} if rows else {}


READERS = {
    ".h5": _read_hdf5, ".safetensors": _read_safetensors, ".json": _read_json, ".csv": _read_table, ".tsv": _read_table,
}  # fmt: skip
