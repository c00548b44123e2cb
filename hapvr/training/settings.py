"""What a checkpoint has to have in common with the training that goes on from it."""

import hashlib
from pathlib import Path
from typing import Any

import torch

import hapvr
from hapvr.params.runs import Run
from hapvr.project import Project
from hapvr.training.configuration import trained_configuration
from hapvr.training.processes import Processes
from hapvr.training.sources import source_files

# The parts of the package that decide about the weights.
CODE = ("features", "losses", "seeding.py", "similarity", "storage", "training", "views")


def checkpoint_settings(project: Project, run: Run, seed: int, processes: Processes) -> dict[str, Any]:
    """Everything that the weights depend on, as JSON: configuration, data, code, torch and device.

    Data is known by size and time of its files: reading all frames again would take longer than what is saved.
    """
    settings = trained_configuration(run, project.params.train, seed=seed, processes=processes.count)
    features = project.params.model_dump(mode="json", include={"backbone", "features", "teacher", "views"})
    stamps = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in source_files(project)]
    return settings | {
        "features": features,
        "data": stamps,
        "code": _digest(Path(hapvr.__file__).parent),
        "torch": f"{torch.__version__} on {processes.device.type}",
    }


def _digest(package: Path) -> str:
    """Of the source files that CODE names."""
    parts = [[package / part] if part.endswith(".py") else (package / part).rglob("*.py") for part in CODE]
    paths = sorted(path for files in parts for path in files)
    content = [path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes() for path in paths]
    return hashlib.sha256(b"\0".join(content)).hexdigest()
