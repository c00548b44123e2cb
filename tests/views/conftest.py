"""A clip and the `views` section of the mini preset."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from torch import Tensor

from hapvr.reports.figures.augmentations import OFF
from hapvr.views.options import Views

ROOT = Path(__file__).parents[2]


@pytest.fixture
def clip() -> Tensor:
    """Six different smooth colour frames, [6, 3, 64, 64]."""
    coarse = torch.rand((6, 3, 8, 8), generator=torch.Generator().manual_seed(0))
    return torch.nn.functional.interpolate(coarse, 64, mode="bilinear")


@pytest.fixture(scope="session")
def view_params() -> Callable[..., Views]:
    """Makes a `views` section in which everything is off but what is asked for."""
    content = yaml.safe_load((ROOT / "presets" / "mini.yaml").read_text(encoding="utf-8"))["views"]

    def make(**changes: Any) -> Views:
        return Views.model_validate(content | OFF | changes)

    return make
