"""ResNet-50, the backbone of the published work."""

import re
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from hapvr.features.frame_maps import FrameMaps

# torchvision's parameter names, as the published weights have them, and transformers' names for the same.
RENAMES: list[tuple[str, str | Callable[[re.Match[str]], str]]] = [
    (r"^conv1\.", "embedder.embedder.convolution."),
    (r"^bn1\.", "embedder.embedder.normalization."),
    (r"^layer(\d)\.(\d+)\.", lambda match: f"encoder.stages.{int(match[1]) - 1}.layers.{match[2]}."),
    (r"\.conv(\d)\.", lambda match: f".layer.{int(match[1]) - 1}.convolution."),
    (r"\.bn(\d)\.", lambda match: f".layer.{int(match[1]) - 1}.normalization."),
    (r"\.downsample\.0\.", ".shortcut.convolution."),
    (r"\.downsample\.1\.", ".shortcut.normalization."),
]


class ResNet50(nn.Module):
    """ResNet-50 (He et al. 2016) with torchvision's ImageNet weights (IMAGENET1K_V1), layers 1 to 4.

    weights: safetensors file with torchvision's parameter names, such as timm/resnet50.tv_in1k.
    Raises ValueError if the file is not one. Source: ViSiL (2019), S2VS (2023) and HAP-VR (2024) use the same.
    """

    dims = 256 + 512 + 1024 + 2048
    mean: Tensor
    deviation: Tensor

    def __init__(self, weights: Path | None) -> None:
        super().__init__()
        if weights is None:
            raise ValueError("features.weights: backbone resnet50 needs a file of weights, found null")
        from transformers import ResNetConfig, ResNetModel

        config = ResNetConfig(
            embedding_size=64, hidden_sizes=[256, 512, 1024, 2048], depths=[3, 4, 6, 3], layer_type="bottleneck"
        )
        self.network = ResNetModel(config)
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406])[:, None, None] * 255)
        self.register_buffer("deviation", torch.tensor([0.229, 0.224, 0.225])[:, None, None] * 255)
        self._load(weights)
        self.eval().requires_grad_(False)

    def forward(self, images: Tensor) -> FrameMaps:
        """images: [B, 3, H, W], 0–255."""
        out = self.network((images - self.mean) / self.deviation, output_hidden_states=True)
        return FrameMaps(list(out.hidden_states[1:]), out.pooler_output.flatten(1))

    def _load(self, weights: Path) -> None:
        state = {_rename(name): tensor for name, tensor in load_file(weights).items() if not name.startswith("fc.")}
        missing = [
            name
            for name in self.network.load_state_dict(state, strict=False).missing_keys
            if not name.endswith("num_batches_tracked")
        ]
        if missing or len(state) < 200:
            raise ValueError(
                f"{weights}: not ResNet-50 weights with torchvision's names (timm/resnet50.tv_in1k); "
                f"{len(missing)} parameters are missing"
            )


def _rename(name: str) -> str:
    for pattern, replacement in RENAMES:
        name = re.sub(pattern, replacement, name)
    return name
