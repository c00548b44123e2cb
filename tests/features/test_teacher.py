from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor

from hapvr.features.options import Teacher
from hapvr.features.teacher import build_teacher
from tests.features.seeded_weights import dino_names

IMAGES = torch.rand(3, 3, 224, 224, generator=torch.Generator().manual_seed(1)) * 255
POOLED = torch.nn.functional.normalize(torch.ones(3, 5), dim=-1)


BACKBONE = {"name": "backbone", "weights": None, "raw_pixels": False}


def test_the_backbone_as_teacher_gives_its_pooled_feature(tmp_path: Path) -> None:
    teacher = build_teacher(Teacher(**BACKBONE), tmp_path, batch=2)
    assert torch.equal(teacher(IMAGES, POOLED), POOLED)


def test_dino_gives_unit_vectors_whatever_the_batch(tmp_path: Path) -> None:
    save_file(dino_names(), tmp_path / "dino.safetensors")
    options = Teacher(name="dino_vits16", weights="dino.safetensors", raw_pixels=False)
    teacher = build_teacher(options, tmp_path, batch=2)
    features: Tensor = teacher(IMAGES, POOLED)
    torch.testing.assert_close(features.norm(dim=-1), torch.ones(3))
    torch.testing.assert_close(features[2:], teacher(IMAGES[2:], POOLED[2:]))
    assert features.shape == (3, 384)
    assert not torch.allclose(features[0], features[1], atol=1e-3)
