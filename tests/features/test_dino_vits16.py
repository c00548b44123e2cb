"""The published weights cannot be had in a test: seeded ones with DINO's names stand in for them."""

import re
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor

from hapvr.features.dino_vits16 import DinoViTS16
from tests.features.seeded_weights import BLOCKS, DIMS, HEADS, dino_names

MEAN = torch.tensor([0.485, 0.456, 0.406])[:, None, None]
DEVIATION = torch.tensor([0.229, 0.224, 0.225])[:, None, None]


def plain_vit(pixels: Tensor, state: dict[str, Tensor]) -> Tensor:
    """The class token of a ViT-S/16 written out, from its definition."""

    def linear(x: Tensor, name: str) -> Tensor:
        return F.linear(x, state[f"{name}.weight"], state[f"{name}.bias"])

    def norm(x: Tensor, name: str) -> Tensor:
        return F.layer_norm(x, (DIMS,), state[f"{name}.weight"], state[f"{name}.bias"], eps=1e-6)

    patches = F.conv2d(pixels, state["patch_embed.proj.weight"], state["patch_embed.proj.bias"], stride=16)
    tokens = torch.cat([state["cls_token"].expand(len(pixels), 1, DIMS), patches.flatten(2).transpose(1, 2)], 1)
    tokens = tokens + state["pos_embed"]
    for number in range(BLOCKS):
        name = f"blocks.{number}"
        joined = linear(norm(tokens, f"{name}.norm1"), f"{name}.attn.qkv").unflatten(-1, (3, HEADS, -1))
        query, key, value = joined.permute(2, 0, 3, 1, 4)
        weights = (query @ key.transpose(-1, -2) / (DIMS // HEADS) ** 0.5).softmax(-1)
        tokens = tokens + linear((weights @ value).transpose(1, 2).flatten(2), f"{name}.attn.proj")
        hidden = F.gelu(linear(norm(tokens, f"{name}.norm2"), f"{name}.mlp.fc1"))
        tokens = tokens + linear(hidden, f"{name}.mlp.fc2")
    return norm(tokens, "norm")[:, 0]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("dino") / "dino_vits16.safetensors"
    save_file(dino_names(), file)
    return file


@pytest.fixture(scope="module")
def images() -> Tensor:
    return torch.rand(2, 3, 224, 224, generator=torch.Generator().manual_seed(1)) * 255


def test_the_class_token_equals_the_network_written_out(weights: Path, images: Tensor) -> None:
    token = DinoViTS16(weights, raw_pixels=False)(images)
    torch.testing.assert_close(token, plain_vit((images / 255 - MEAN) / DEVIATION, dino_names()), rtol=1e-3, atol=1e-3)


def test_the_class_token_is_that_of_transformers(weights: Path, images: Tensor) -> None:
    teacher = DinoViTS16(weights, raw_pixels=False)
    direct = teacher.network(pixel_values=(images / 255 - MEAN) / DEVIATION).last_hidden_state[:, 0]
    torch.testing.assert_close(teacher(images), direct, rtol=1e-4, atol=1e-4)


def test_raw_pixels_reach_the_network_as_they_are(weights: Path, images: Tensor) -> None:
    raw, scaled = (DinoViTS16(weights, raw_pixels=raw_pixels)(images) for raw_pixels in (True, False))
    torch.testing.assert_close(raw, plain_vit(images, dino_names()), rtol=1e-3, atol=1e-3)
    assert not torch.allclose(raw, scaled, atol=0.1)


def test_frames_of_another_size_are_resized(weights: Path) -> None:
    teacher = DinoViTS16(weights, raw_pixels=False)
    colours = (torch.rand(2, 3, 1, 1, generator=torch.Generator().manual_seed(2)) * 255).expand(2, 3, 160, 200)
    torch.testing.assert_close(
        teacher(colours), teacher(colours[:, :, :1, :1].expand(2, 3, 224, 224)), rtol=0, atol=1e-3
    )


def test_other_files_are_refused_by_name(tmp_path: Path) -> None:
    save_file({"conv1.weight": torch.zeros(64, 3, 7, 7)}, tmp_path / "other.safetensors")
    (tmp_path / "pickle.safetensors").write_bytes(b"not safetensors, whatever its name says")
    state = dino_names()
    del state["blocks.3.attn.qkv.bias"]
    save_file(state, tmp_path / "part.safetensors")
    for name, message in {
        "other": "other.safetensors: not DINO ViT-S/16 weights with DINO's names (timm/vit_small_patch16_224.dino); ",
        "part": "3 of 198 parameters are missing or of another shape, the first is layers.3.attention.q_proj.bias",
        "pickle": "pickle.safetensors: not a safetensors file",
        "absent": "absent.safetensors: no such file, named by teacher.weights; `hapvr weights dino_vits16` fetches it",
    }.items():
        with pytest.raises((ValueError, FileNotFoundError), match=re.escape(message)):
            DinoViTS16(tmp_path / f"{name}.safetensors", raw_pixels=False)
