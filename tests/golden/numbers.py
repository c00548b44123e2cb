"""Golden numbers of one file, as tensors."""

from pathlib import Path

import numpy as np
from torch import Tensor, from_numpy


class Golden:
    """The arrays of `{name}.npz` whose names begin with `prefix`, without it."""

    def __init__(self, name: str, prefix: str) -> None:
        with np.load(Path(__file__).parent / f"{name}.npz", allow_pickle=False) as arrays:
            self._arrays = {key.removeprefix(prefix): arrays[key] for key in arrays.files if key.startswith(prefix)}

    def __getitem__(self, key: str) -> Tensor:
        return from_numpy(self._arrays[key])

    def state(self) -> dict[str, Tensor]:
        """Weights under their published names."""
        return {key.removeprefix("state/"): self[key] for key in self._arrays if key.startswith("state/")}
