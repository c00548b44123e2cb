"""The model of a run, or an error that says how to get one."""

from torch import nn

from hapvr.methods.model import load_model
from hapvr.project import Project


def model_of(project: Project, run: str) -> nn.Module:
    """The first member (seed) of a run.

    Raises ValueError for an unknown run or a model of other features, FileNotFoundError if there is no model yet.
    """
    params = project.params
    accepted = params.score.runs
    if run not in accepted:
        raise ValueError(f"--run {run}: not a run with a model in params.yaml; accepted: {', '.join(accepted)}")
    folder = project.model_folder(run, project.members(run)[0])
    if not _has_model(project, run):
        ready = [name for name in accepted if _has_model(project, name)]
        other = f", or name a run that has one: --run {' | '.join(ready)}" if ready else ""
        raise FileNotFoundError(f"{folder}: no model of {run} there; run `make repro` first{other}")
    try:
        return load_model(folder, params.whiten.dims)
    except RuntimeError as error:
        raise ValueError(f"{folder}: not a model for {params.whiten.dims} dimensions; run `make repro`") from error


def _has_model(project: Project, run: str) -> bool:
    return (project.model_folder(run, project.members(run)[0]) / "config.json").exists()
