"""Stage `adopt`: the model folder of a run that has published weights instead of a training."""

import json

from safetensors.torch import load_file

from hapvr.methods.model import build, save_model
from hapvr.methods.shapes import check_shapes
from hapvr.project import Project, check_name


def adopt(project: Project, run: str) -> None:
    """Writes models/{run}/published: config.json with the method and where its weights are from, weights.safetensors.

    Raises FileNotFoundError where the weights were not fetched, and ValueError where they are not those of the method
    with its parameters and `whiten.dims`.
    """
    params = project.params
    check_name("run", run, params.adopted, where="the runs with published weights")
    name, method = str(params.weights_of(run)), params.method_of(run)
    path = project.weights_file(name)
    origin = path.with_suffix(".json")
    for file in (path, origin):
        if not file.exists():
            raise FileNotFoundError(f"{file}: no such file; `hapvr weights {name}` fetches and converts it")
    model = build(method, params.whiten.dims)
    tensors = load_file(path)
    check_shapes(path, tensors, model, f"{method['name']}, runs.{run}.method with whiten.dims {params.whiten.dims}")
    model.load_state_dict(tensors)
    sha256 = json.loads(origin.read_text(encoding="utf-8"))["sha256"]
    config = {"method": method, "losses": {}, "weights": name, "sha256": sha256}
    save_model(project.model_folder(run, "published"), model, config=config)
