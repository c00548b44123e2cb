"""Stage `adopt`: the model folder of a run that has published weights instead of a training."""

import json
from pathlib import Path

from safetensors.torch import load_file
from torch import Tensor, nn

from hapvr.methods.model import build, save_model
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
    _check(path, tensors, model, f"{method['name']}, runs.{run}.method with whiten.dims {params.whiten.dims}")
    model.load_state_dict(tensors)
    sha256 = json.loads(origin.read_text(encoding="utf-8"))["sha256"]
    config = {"method": method, "losses": {}, "weights": name, "sha256": sha256}
    save_model(project.model_folder(run, "published"), model, config=config)


def _check(path: Path, tensors: dict[str, Tensor], model: nn.Module, what: str) -> None:
    """Raises ValueError unless names and shapes are those of the model."""
    expected = {name: list(tensor.shape) for name, tensor in model.state_dict().items()}
    found = {name: list(tensor.shape) for name, tensor in tensors.items()}
    if expected == found:
        return
    name = next(name for name in [*expected, *found] if expected.get(name) != found.get(name))
    raise ValueError(
        f"{path}: {name}: expected {_shape(expected, name)} for {what}, found {_shape(found, name)}; give the run the "
        "method and parameters that the weights are of, and features of their dims"
    )


def _shape(shapes: dict[str, list[int]], name: str) -> str:
    return f"shape {shapes[name]}" if name in shapes else "no tensor of that name"
