"""The published weights cannot be had in a test: seeded ones with torchvision's names stand in for them."""

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor

from hapvr.features.backbones.resnet50 import ResNet50

DEPTHS, WIDTHS = (3, 4, 6, 3), (64, 128, 256, 512)


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


def plain_resnet(images: Tensor, state: dict[str, Tensor]) -> list[Tensor]:
    """ResNet-50 v1.5 (stride in the 3 × 3 convolution) written out, from its definition."""

    def step(maps: Tensor, convolution: str, norm: str, stride: int, padding: int) -> Tensor:
        maps = F.conv2d(maps, state[f"{convolution}.weight"], stride=stride, padding=padding)
        values = [state[f"{norm}.{name}"] for name in ("running_mean", "running_var", "weight", "bias")]
        return F.batch_norm(maps, *values)

    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    maps = (images / 255 - mean[:, None, None]) / deviation[:, None, None]
    maps = F.max_pool2d(F.relu(step(maps, "conv1", "bn1", 2, 3)), 3, 2, 1)
    stages = []
    for layer, depth in enumerate(DEPTHS, 1):
        for block in range(depth):
            name, stride = f"layer{layer}.{block}", 2 if layer > 1 and block == 0 else 1
            out = F.relu(step(maps, f"{name}.conv1", f"{name}.bn1", 1, 0))
            out = F.relu(step(out, f"{name}.conv2", f"{name}.bn2", stride, 1))
            out = step(out, f"{name}.conv3", f"{name}.bn3", 1, 0)
            if block == 0:
                maps = step(maps, f"{name}.downsample.0", f"{name}.downsample.1", stride, 0)
            maps = F.relu(maps + out)
        stages.append(maps)
    return stages


def test_equals_the_network_written_out(tmp_path):
    state = torchvision_names()
    save_file(state, tmp_path / "resnet50.safetensors")
    images = torch.rand(2, 3, 64, 96, generator=torch.Generator().manual_seed(1)) * 255
    maps = ResNet50(tmp_path / "resnet50.safetensors")(images)
    for ours, theirs in zip(maps.stages, plain_resnet(images, state), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-3 * theirs.abs().max().item())
    torch.testing.assert_close(maps.pooled, maps.stages[-1].mean((2, 3)))


def test_other_weights_are_refused_by_name(tmp_path):
    save_file({"conv1.weight": torch.zeros(64, 3, 7, 7)}, tmp_path / "other.safetensors")
    with pytest.raises(ValueError, match=r"other\.safetensors: not ResNet-50 weights"):
        ResNet50(tmp_path / "other.safetensors")
