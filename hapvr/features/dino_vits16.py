"""DINO ViT-S/16, the teacher of the published work."""

import re
from collections.abc import Iterator
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

SIDE = 224
# DINO's parameter names, as the published weights have them, and transformers' names for the same.
RENAMES = [
    (r"^(cls_token)$", r"embeddings.\1"),
    (r"^pos_embed$", "embeddings.position_embeddings"),
    (r"^patch_embed\.proj\.", "embeddings.patch_embeddings.projection."),
    (r"^blocks\.(\d+)\.", r"layers.\1."),
    (r"\.norm1\.", ".layernorm_before."),
    (r"\.norm2\.", ".layernorm_after."),
    (r"\.attn\.proj\.", ".attention.o_proj."),
    (r"^norm\.", "layernorm."),
]


class DinoViTS16(nn.Module):
    """ViT-S/16 trained by DINO (Caron et al. 2021): the class token after the last layer, 384 dims.

    weights: safetensors file with DINO's parameter names, such as timm/vit_small_patch16_224.dino.
    raw_pixels: give the network 0–255 as they are, as HAP-VR's code does, instead of what it was trained with.
    Raises FileNotFoundError, and ValueError if the file is not one.
    """

    dims = 384
    mean: Tensor
    deviation: Tensor

    def __init__(self, weights: Path, *, raw_pixels: bool) -> None:
        super().__init__()
        from transformers import ViTConfig, ViTModel

        config = ViTConfig(
            hidden_size=self.dims,
            num_hidden_layers=12,
            num_attention_heads=6,
            intermediate_size=4 * self.dims,
            layer_norm_eps=1e-6,
            image_size=SIDE,
            patch_size=16,
        )
        self.network = ViTModel(config, add_pooling_layer=False)
        mean, deviation = ([0.0] * 3, [1.0] * 3) if raw_pixels else ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
        scale = 1 if raw_pixels else 255
        self.register_buffer("mean", torch.tensor(mean)[:, None, None] * scale)
        self.register_buffer("deviation", torch.tensor(deviation)[:, None, None] * scale)
        self.network.load_state_dict(_load_state(weights, self.network.state_dict()))
        self.eval().requires_grad_(False)

    def forward(self, images: Tensor) -> Tensor:
        """images: [B, 3, H, W], 0–255. Other sizes than 224 × 224 are resized (bicubic). Returns [B, 384]."""
        if images.shape[2:] != (SIDE, SIDE):
            resized = F.interpolate(images, (SIDE, SIDE), mode="bicubic", antialias=True, align_corners=False)
            images = resized.clamp(0, 255)
        token: Tensor = self.network((images - self.mean) / self.deviation).last_hidden_state[:, 0]
        return token


def _load_state(weights: Path, expected: dict[str, Tensor]) -> dict[str, Tensor]:
    """Published weights under the names of `expected`, all of them and of the same shapes."""
    if not weights.exists():
        raise FileNotFoundError(
            f"{weights}: no such file, named by teacher.weights; `hapvr weights dino_vits16` fetches it"
        )
    try:
        state = dict(_rename(load_file(weights)))
    except SafetensorError as error:
        raise ValueError(
            f"{weights}: not a safetensors file ({error}); `hapvr weights dino_vits16` fetches it"
        ) from error
    shapes = {name: tensor.shape for name, tensor in state.items()}
    wrong = [name for name, tensor in expected.items() if shapes.get(name) != tensor.shape]
    if wrong:
        raise ValueError(
            f"{weights}: not DINO ViT-S/16 weights with DINO's names (timm/vit_small_patch16_224.dino); "
            f"{len(wrong)} of {len(expected)} parameters are missing or of another shape, the first is {wrong[0]}"
        )
    return {name: state[name] for name in expected}


def _rename(published: dict[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    for name, tensor in published.items():
        for pattern, replacement in RENAMES:
            name = re.sub(pattern, replacement, name)
        if ".attn.qkv." in name:
            # Queries, keys and values are one projection in DINO.
            for part, rows in zip("qkv", tensor.chunk(3), strict=True):
                yield name.replace(".attn.qkv.", f".attention.{part}_proj."), rows
        else:
            yield name, tensor
