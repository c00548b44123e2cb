"""Whether weights are those of a model: its names, its shapes."""

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor, nn


def check_shapes(path: Path, tensors: Mapping[str, Tensor], model: nn.Module, what: str) -> None:
    """Raises ValueError unless names and shapes are those of the model; it names the first that differs."""
    expected = {name: list(tensor.shape) for name, tensor in model.state_dict().items()}
    found = {name: list(tensor.shape) for name, tensor in tensors.items()}
    if expected == found:
        return
    name = next(name for name in [*expected, *found] if expected.get(name) != found.get(name))
    raise ValueError(
        f"{path}: {name}: expected {_shape(expected, name)} for {what}, found {_shape(found, name)}; give the run the "
        "method and parameters that the weights are of, and features of their dims"
    )


def _shape(shapes: Mapping[str, list[int]], name: str) -> str:
    return f"shape {shapes[name]}" if name in shapes else "no tensor of that name"
