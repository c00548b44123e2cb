"""Stage `freeze`: the model folder of a run that is not trained."""

from hapvr.project import Project
from hapvr.storage.files import write_json


def freeze(project: Project, run: str) -> None:
    """Writes models/{run}/frozen/config.json: the method, which is all there is to such a run.

    Raises ValueError for a run that is trained.
    """
    names = project.params.freeze.runs
    if run not in names:
        raise ValueError(f"freeze: run {run!r} is not in freeze.runs of params.yaml; accepted: {', '.join(names)}")
    write_json(
        project.model_folder(run, "frozen") / "config.json", {"method": project.params.scored(run).method.model_dump()}
    )
