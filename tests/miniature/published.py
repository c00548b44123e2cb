"""Published weights in their layouts, seeded, under the names and formats that registry.csv has for them."""

import argparse
from pathlib import Path

import torch
from safetensors.torch import save

from tests.features.seeded_weights import dino_names, torchvision_names
from tests.fetch.checkpoints import network_state, saved

CHANNELS, DIRECTIONS = 3840, 48


def published_weights(folder: Path) -> dict[str, bytes]:
    """File name → content. S2VS's are of 32 dims, beside a training script's settings. folder: for what is scratch."""
    settings = {"model": network_state(), "args": argparse.Namespace(dims=512)}
    return {
        "resnet50.safetensors": save(torchvision_names()),
        "dino_vits16.safetensors": save(dino_names()),
        "pca_resnet50_vcdb_1M.pth": saved(folder / "pca.pth", whitening(), legacy=True).read_bytes(),
        "s2vs_vcdb.pth": saved(folder / "s2vs.pth", settings).read_bytes(),
    }


def whitening() -> dict[str, torch.Tensor]:
    """The published names and orientation; fewer directions than the 3,840 published, ascending as `eigh` has them."""
    generator = torch.Generator().manual_seed(0)
    directions = torch.linalg.qr(torch.randn(CHANNELS, DIRECTIONS, generator=generator)).Q
    mean = torch.full((1, CHANNELS), CHANNELS**-0.5)
    return {"mean": mean, "d": torch.linspace(1e-4, 1e-2, DIRECTIONS), "V": directions}
