"""What a checkpoint has to have in common with the training that goes on from it."""

import hashlib
from collections.abc import Iterable
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
CODE = ("features", "losses", "seeding.py", "similarity", "storage/views.py", "training", "views")


def checkpoint_settings(project: Project, run: Run, seed: int, processes: Processes) -> dict[str, Any]:
    """Everything that the weights depend on: configuration, content of the data, code, torch and device, as JSON.

    How often a checkpoint is made has no effect on the weights.
    """
    settings = trained_configuration(run, project.params.train, seed=seed, processes=processes.count)
    settings["train"].pop("checkpoint_every")
    features = project.params.model_dump(mode="json", include={"backbone", "features", "frames", "teacher", "views"})
    return settings | {
        "features": features,
        "data": _digest(source_files(project)),
        "code": _digest(_code(Path(hapvr.__file__).parent)),
        "torch": f"{torch.__version__} on {processes.device.type}",
    }


def _code(package: Path) -> list[Path]:
    files = [[package / part] if part.endswith(".py") else (package / part).rglob("*.py") for part in CODE]
    return sorted(path for of in files for path in of)


def _digest(paths: Iterable[Path]) -> str:
    total = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            total.update(path.name.encode() + hashlib.file_digest(file, "sha256").digest())
    return total.hexdigest()
