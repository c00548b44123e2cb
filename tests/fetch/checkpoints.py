"""Checkpoints in the layouts that are published, with seeded or golden weights."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

GOLDEN = Path(__file__).parents[1] / "golden" / "network.npz"


def network_state(case: str = "chamfer", *, head: str = "visil_head") -> dict[str, Tensor]:
    """Golden weights of a network of 32 dims, under S2VS's names, or HAP-VR's (head: comparator_module)."""
    prefix = f"network/{case}/state/"
    with np.load(GOLDEN) as golden:
        return {
            key.removeprefix(prefix).replace("comparator_module", head): torch.from_numpy(golden[key])
            for key in golden.files
            if key.startswith(prefix)
        }


def saved(path: Path, content: object, *, legacy: bool = False) -> Path:
    """Writes it as PyTorch does."""
    torch.save(content, path, _use_new_zipfile_serialization=not legacy)
    return path
