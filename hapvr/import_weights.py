"""`hapvr import`: a published checkpoint put in place for a run of params.yaml, which is scored without training."""

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from hapvr.fetch.conversions import CONVERTED
from hapvr.fetch.registry import Registry
from hapvr.fetch.weights import fetch_weights
from hapvr.methods.model import build
from hapvr.methods.shapes import check_shapes
from hapvr.params import Params
from hapvr.project import Project, check_name


def import_weights(project: Project, file: Path, run: str) -> str:
    """Converts the checkpoint as the weights that `runs.{run}.weights` names, if they fit the run's method; a report.

    What else the file holds, such as the settings of the script that wrote it, is left out and listed.
    Raises ValueError for a run without weights, for a file that is refused, and for other names or shapes; then nothing
    was written.
    """
    params = project.params
    check_name("run", run, params.modelled, where="the runs with a method")
    method = params.method_of(run)
    model = build(method, params.whiten.dims)
    what = f"{method['name']}, runs.{run}.method with whiten.dims {params.whiten.dims}"

    def check(path: Path, tensors: Mapping[str, Tensor]) -> None:
        check_shapes(path, tensors, model, what)

    fetched = fetch_weights(
        _name_of(params, run),
        project.root,
        file=file,
        drop_settings=True,
        registry=Registry(project.registry_file),
        check=check,
    )
    return f"{fetched.report}\nthey fit {what}: `dvc repro evaluate@{run}-{params.benchmarks_of(run)[0]}` scores them"


def _name_of(params: Params, run: str) -> str:
    """Of the weights that the run has in params.yaml."""
    name = params.weights_of(run)
    if name is None:
        method = params.method_of(run)["name"]
        accepted = [name for name, of in CONVERTED.items() if of == method]
        raise ValueError(
            f"runs.{run}.weights: expected the name of published weights of {method}, found none; in params.yaml give "
            f"the run `losses: {{}}` and `weights: NAME`; accepted: {', '.join(accepted) or 'none'}"
        )
    return name
