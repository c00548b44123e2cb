"""What a search needs of the pipeline, looked for before anything slow is imported."""

from pathlib import Path

from hapvr.project import Project


def model_folder(project: Project, run: str) -> Path:
    """Of the first member (seed) of a run. Raises ValueError for an unknown run, FileNotFoundError without a model."""
    params = project.params
    accepted = params.scored
    if run not in accepted:
        raise ValueError(f"--run {run}: not a run with a model in params.yaml; accepted: {', '.join(accepted)}")
    folders = {name: project.model_folder(name, params.members(name)[0]) for name in accepted}
    frozen = params.frozen
    ready = [
        name
        for name, folder in folders.items()
        if (folder / "config.json").exists() and (name in frozen or (folder / "weights.safetensors").exists())
    ]
    if run not in ready:
        other = f", or name a run that has one: --run {' | '.join(ready)}" if ready else ""
        raise FileNotFoundError(f"{folders[run]}: no model of {run} there; run `make repro` first{other}")
    return folders[run]


def whitening_file(project: Project) -> Path:
    """Of the backbone. Raises FileNotFoundError where the pipeline has not learnt it yet."""
    whitening = project.whitening_file(project.params.backbone)
    if not whitening.exists():
        raise FileNotFoundError(f"{whitening}: no such file; run `make repro` first, it learns the whitening")
    return whitening
