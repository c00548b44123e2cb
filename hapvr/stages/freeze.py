"""Stage `freeze`: the model folder of a run that is not trained."""

from hapvr.project import Project, check_name
from hapvr.storage.files import write_json


def freeze(project: Project, run: str) -> None:
    """Writes models/{run}/frozen/config.json: the method, which is all there is to such a run."""
    check_name("run", run, project.params.frozen, where="the runs that are not trained")
    write_json(project.model_folder(run, "frozen") / "config.json", {"method": project.params.method_of(run)})
