"""Stage `freeze`: the model folder of one member of a run that is not trained."""

from hapvr.project import Project, check_name
from hapvr.storage.files import write_json


def freeze(project: Project, run: str, member: str) -> None:
    """Writes models/{run}/{member}: config.json with the method, which is all there is to a run without weights.

    A run of a network that nothing trains has a member per seed, with the weights that trainings with this seed and
    method begin with, in weights.safetensors.
    """
    params = project.params
    check_name("run", run, [*params.frozen, *params.untrained], where="the runs that are not trained")
    check_name("member", member, params.members(run), where=f"the members of {run}")
    folder, method = project.model_folder(run, member), params.method_of(run)
    if run in params.frozen:
        write_json(folder / "config.json", {"method": method})
        return
    # Importing torch takes a second or two; a run without weights does not need it.
    from hapvr.methods.model import build, save_model
    from hapvr.training.reproducible import run_reproducibly

    seed = int(member)
    with run_reproducibly(seed=seed, threads=1):
        network = build(method, params.whiten.dims)
    save_model(folder, network, config={"method": method, "losses": {}, "seed": seed})
