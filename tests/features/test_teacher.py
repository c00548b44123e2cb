from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from safetensors.torch import save_file
from torch import Tensor

from hapvr.features.teacher import Teacher, teacher_of
from hapvr.project import Project
from tests.features.test_dino_vits16 import dino_names

ROOT = Path(__file__).parents[2]
IMAGES = torch.rand(3, 3, 224, 224, generator=torch.Generator().manual_seed(1)) * 255
POOLED = torch.nn.functional.normalize(torch.ones(3, 5), dim=-1)


@pytest.fixture
def make_teacher(tmp_path: Path) -> Callable[..., Teacher]:
    """Makes the teacher of the mini preset with some keys of `teacher` changed."""

    def make(**changes: Any) -> Teacher:
        content = yaml.safe_load((ROOT / "presets" / "mini.yaml").read_text(encoding="utf-8"))
        content["teacher"] |= changes
        content["features"]["batch"] = 2
        (tmp_path / "params.yaml").write_text(yaml.safe_dump(content), encoding="utf-8")
        return teacher_of(Project(tmp_path))

    return make


def test_the_backbone_as_teacher_gives_its_pooled_feature(make_teacher: Callable[..., Teacher]) -> None:
    assert torch.equal(make_teacher()(IMAGES, POOLED), POOLED)


def test_dino_gives_unit_vectors_whatever_the_batch(make_teacher: Callable[..., Teacher], tmp_path: Path) -> None:
    save_file(dino_names(), tmp_path / "dino.safetensors")
    teacher = make_teacher(name="dino_vits16", weights="dino.safetensors")
    features: Tensor = teacher(IMAGES, POOLED)
    torch.testing.assert_close(features.norm(dim=-1), torch.ones(3))
    torch.testing.assert_close(features[2:], teacher(IMAGES[2:], POOLED[2:]))
    assert features.shape == (3, 384)
    assert not torch.allclose(features[0], features[1], atol=1e-3)
