"""What a training leaves behind beside its log: weights and exact configuration."""

from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from torch import nn

from hapvr.storage.files import whole, write_json


def write_results(folder: Path, network: nn.Module, *, config: dict[str, Any]) -> None:
    """Writes weights.safetensors and config.json."""
    with whole(folder / "weights.safetensors") as temporary:
        save_file({name: tensor.cpu().contiguous() for name, tensor in network.state_dict().items()}, temporary)
    write_json(folder / "config.json", config)
