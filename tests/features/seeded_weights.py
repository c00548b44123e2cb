"""Seeded weights under the published names: the published ones cannot be had in a test."""

import torch
from torch import Tensor

# Of ResNet-50, and of DINO's ViT-S/16.
DEPTHS, WIDTHS = (3, 4, 6, 3), (64, 128, 256, 512)
DIMS, HEADS, BLOCKS = 384, 6, 12


def torchvision_names() -> dict[str, Tensor]:
    """Random weights under every name of torchvision's ResNet-50."""
    generator = torch.Generator().manual_seed(0)
    state: dict[str, Tensor] = {}

    def add(convolution: str, norm: str, out: int, channels: int, kernel: int) -> None:
        scale = (channels * kernel**2) ** -0.5
        state[f"{convolution}.weight"] = torch.randn(out, channels, kernel, kernel, generator=generator) * scale
        state[f"{norm}.weight"] = torch.rand(out, generator=generator) + 0.5
        state[f"{norm}.bias"] = torch.randn(out, generator=generator) * 0.1
        state[f"{norm}.running_mean"] = torch.randn(out, generator=generator) * 0.1
        state[f"{norm}.running_var"] = torch.rand(out, generator=generator) + 0.5

    add("conv1", "bn1", 64, 3, 7)
    channels = 64
    for layer, (depth, width) in enumerate(zip(DEPTHS, WIDTHS, strict=True), 1):
        for block in range(depth):
            name = f"layer{layer}.{block}"
            add(f"{name}.conv1", f"{name}.bn1", width, channels, 1)
            add(f"{name}.conv2", f"{name}.bn2", width, width, 3)
            add(f"{name}.conv3", f"{name}.bn3", 4 * width, width, 1)
            if block == 0:
                add(f"{name}.downsample.0", f"{name}.downsample.1", 4 * width, channels, 1)
            channels = 4 * width
    state["fc.weight"], state["fc.bias"] = torch.zeros(1000, channels), torch.zeros(1000)
    return state


def dino_names() -> dict[str, Tensor]:
    """Random weights under every name of DINO's ViT-S/16."""
    generator = torch.Generator().manual_seed(0)
    state: dict[str, Tensor] = {}

    def add(name: str, *shape: int, scale: float = 0.05, shift: float = 0.0) -> None:
        state[name] = torch.randn(shape, generator=generator) * scale + shift

    add("cls_token", 1, 1, DIMS, scale=1)
    add("pos_embed", 1, 197, DIMS)
    add("patch_embed.proj.weight", DIMS, 3, 16, 16)
    add("patch_embed.proj.bias", DIMS)
    norms = ["norm", *(f"blocks.{number}.norm{which}" for number in range(BLOCKS) for which in (1, 2))]
    for name in norms:
        add(f"{name}.weight", DIMS, shift=1)
        add(f"{name}.bias", DIMS)
    for number in range(BLOCKS):
        layers = {"attn.qkv": (3, 1), "attn.proj": (1, 1), "mlp.fc1": (4, 1), "mlp.fc2": (1, 4)}
        for name, (rows, columns) in layers.items():
            add(f"blocks.{number}.{name}.weight", rows * DIMS, columns * DIMS)
            add(f"blocks.{number}.{name}.bias", rows * DIMS)
    return state
