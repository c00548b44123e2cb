"""The published weights cannot be had in a test: seeded ones with torchvision's names stand in for them."""

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from torch import Tensor
from transformers import AutoModel, ResNetConfig
from transformers.image_utils import IMAGENET_DEFAULT_MEAN, IMAGENET_DEFAULT_STD

from hapvr.features.backbones.resnet50 import ResNet50
from tests.features.seeded_weights import DEPTHS, torchvision_names


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


def transformers_name(name: str) -> str:
    """Where a tensor of torchvision's stands in transformers' network, written out apart from the rules in the code."""
    parts = {"conv": "convolution", "bn": "normalization"}
    if not name.startswith("layer"):
        module, _, value = name.partition(".")
        return f"embedder.embedder.{parts[module.rstrip('1')]}.{value}"
    layer, block, module, *rest = name.split(".")
    place = f"encoder.stages.{int(layer[5:]) - 1}.layers.{block}"
    if module == "downsample":
        return f"{place}.shortcut.{['convolution', 'normalization'][int(rest[0])]}.{rest[1]}"
    return f"{place}.layer.{int(module[-1]) - 1}.{parts[module[:-1]]}.{rest[0]}"


def test_equals_the_network_of_transformers_with_the_same_tensors(tmp_path):
    state = torchvision_names()
    save_file(state, tmp_path / "resnet50.safetensors")
    theirs = AutoModel.from_config(ResNetConfig(layer_type="bottleneck", depths=list(DEPTHS))).eval()
    expected = {name for name in theirs.state_dict() if not name.endswith("num_batches_tracked")}
    renamed = {transformers_name(name): tensor for name, tensor in state.items() if not name.startswith("fc.")}
    assert renamed.keys() == expected
    assert {name: tensor.shape for name, tensor in renamed.items()} == {
        name: tensor.shape for name, tensor in theirs.state_dict().items() if name in expected
    }
    theirs.load_state_dict(renamed, strict=False)
    images = torch.rand(1, 3, 96, 64, generator=torch.Generator().manual_seed(2)) * 255
    # As transformers' own processor scales: to [0, 1], then by ImageNet's mean and deviation.
    mean, deviation = torch.tensor(IMAGENET_DEFAULT_MEAN), torch.tensor(IMAGENET_DEFAULT_STD)
    scaled = (images / 255 - mean[:, None, None]) / deviation[:, None, None]
    with torch.inference_mode():
        out = theirs(scaled, output_hidden_states=True)
        maps = ResNet50(tmp_path / "resnet50.safetensors")(images)
    for ours, of_them in zip(maps.stages, out.hidden_states[1:], strict=True):
        torch.testing.assert_close(ours, of_them, rtol=1e-4, atol=1e-4 * of_them.abs().max().item())
    torch.testing.assert_close(maps.pooled, out.pooler_output.flatten(1), rtol=1e-4, atol=1e-4)


def test_other_weights_are_refused_by_name(tmp_path):
    save_file({"conv1.weight": torch.zeros(64, 3, 7, 7)}, tmp_path / "other.safetensors")
    with pytest.raises(ValueError, match=r"other\.safetensors: not ResNet-50 weights"):
        ResNet50(tmp_path / "other.safetensors")
