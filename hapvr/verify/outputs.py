"""Every output of two runs of the pipeline, by the hashes in their dvc.lock."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from hapvr.compare.state import LOADER
from hapvr.verify.differences import describe_difference, files_below


@dataclass(frozen=True)
class Compared:
    """differences: path → what differs, in words, in the order of the pipeline."""

    outputs: int
    files: int
    differences: dict[str, str]


def read_outputs(lock: Path) -> dict[str, str]:
    """Path of every output → its hash, as recorded by the last run of its stage."""
    stages: dict[str, Any] = yaml.load(lock.read_text(encoding="utf-8"), Loader=LOADER)["stages"]
    return {str(out["path"]): str(out["md5"]) for stage in stages.values() for out in stage.get("outs", [])}


def compare_outputs(first: Path, second: Path) -> Compared:
    """Of two clones that ran the same pipeline. Files are only read of outputs whose hashes differ."""
    recorded = [read_outputs(folder / "dvc.lock") for folder in (first, second)]
    differences: dict[str, str] = {}
    for path in dict.fromkeys([*recorded[0], *recorded[1]]):
        hashes = [outputs.get(path) for outputs in recorded]
        if None in hashes:
            differences[path] = f"only {'the first' if hashes[0] else 'the second'} run has it"
        elif hashes[0] != hashes[1]:
            inside = _compare_folders(first / path, second / path)
            differences |= {path if name == "." else f"{path}/{name}": said for name, said in inside.items()}
    files = sum(len(files_below(first / path)) for path in recorded[0])
    return Compared(outputs=len(recorded[0]), files=files, differences=differences)


def _compare_folders(first: Path, second: Path) -> dict[str, str]:
    """File in both folders, or `.` for a file itself → what differs."""
    names = dict.fromkeys([*files_below(first), *files_below(second)])
    said = {name: describe_difference(first / name, second / name) for name in names}
    found = {name: words for name, words in said.items() if words}
    return found or {".": "recorded with other hashes, but the files are equal now"}
