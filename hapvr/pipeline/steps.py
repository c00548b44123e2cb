"""The resolved stages of dvc.yaml as an engine needs them: command, files in, files out, parameters."""

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from dvc.dependency import ParamsDependency
from dvc.output import Output
from dvc.repo import Repo
from dvc.stage import PipelineStage


@dataclass(frozen=True)
class Step:
    """One resolved stage. Paths are relative to the folder of dvc.yaml.

    sources: dependencies that no stage makes (code). made: outputs of the stages `upstream` that make up the others.
    """

    stage: str
    rule: str
    command: str
    sources: list[str]
    made: list[str]
    upstream: set[str]
    outputs: list[str]
    params: dict[str, Any]
    threads: int
    resources: dict[str, int | str]

    @property
    def log(self) -> str:
        """Where the command's output goes."""
        return f"logs/{self.rule}.log"


def read_steps(repo: Repo) -> list[Step]:
    """Every stage of dvc.yaml, in its order, `matrix` and `foreach` resolved."""
    stages = [stage for stage in repo.index.stages if isinstance(stage, PipelineStage)]
    producers = _Producers((path_of(out), stage.name) for stage in stages for out in stage.outs)
    return [_step(stage, producers) for stage in stages]


def path_of(item: Output) -> str:
    """Path of an output or dependency, relative to the repository."""
    return os.path.relpath(item.fs_path, item.repo.root_dir)


def is_folder(path: str) -> bool:
    """Outputs without a file ending are folders: dvc.yaml does not tell, and Snakemake has to know beforehand."""
    return not PurePosixPath(path).suffix


class _Producers:
    """Which stage writes a path, a folder above it, or what lies below it."""

    def __init__(self, outs: Iterable[tuple[str, str]]) -> None:
        self.stage_of = dict(outs)
        self.below: dict[str, list[str]] = defaultdict(list)
        for out in self.stage_of:
            for folder in PurePosixPath(out).parents:
                self.below[str(folder)].append(out)

    def outs_for(self, dependency: str) -> Iterator[str]:
        """The outputs that make up a dependency; none if no stage writes it."""
        for path in (dependency, *map(str, PurePosixPath(dependency).parents)):
            if path in self.stage_of:
                yield path
        yield from self.below.get(dependency, [])


def parameters(stage: PipelineStage) -> dict[str, Any]:
    """Values of the parameters that a stage lists, by dotted key; a key that its file lacks is left out."""
    return {key: value for dependency in stage.params for key, value in dependency.read_params().items()}


def _step(stage: PipelineStage, producers: _Producers) -> Step:
    made_for = {
        path: list(producers.outs_for(path))
        for path in (path_of(dep) for dep in stage.deps if not isinstance(dep, ParamsDependency))
    }
    made = list(dict.fromkeys(out for outs in made_for.values() for out in outs))
    meta = stage.meta or {}
    return Step(
        stage=stage.name,
        rule=re.sub(r"\W+", "_", stage.name),
        command=stage.cmd if isinstance(stage.cmd, str) else "\n".join(stage.cmd),
        sources=[path for path, outs in made_for.items() if not outs],
        made=made,
        upstream={producers.stage_of[out] for out in made},
        outputs=[path_of(out) for out in stage.outs],
        params=parameters(stage),
        threads=int(meta.get("threads", 1)),
        # None of a resource is not named: Kubernetes would take a job with 0 GPUs to a machine that has some.
        resources={name: amount for name, amount in meta.get("resources", {}).items() if amount},
    )
