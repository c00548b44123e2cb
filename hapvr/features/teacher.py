"""The teacher: a frozen network whose frame features give the pseudo labels of the frame level."""

from pathlib import Path
from typing import Protocol

import torch
from torch import Tensor

from hapvr.device import fastest_device
from hapvr.features.dino_vits16 import DinoViTS16
from hapvr.features.options import Teacher as TeacherOptions


class Teacher(Protocol):
    """What training needs of a teacher; `dims` differ between teachers."""

    def __call__(self, images: Tensor, pooled: Tensor) -> Tensor:
        """Unit vectors [T, Dt] on the CPU of T frames.

        images: [T, 3, H, W], 0–255. pooled: [T, D'], what the extractor gave for the same frames.
        """


class BackboneTeacher:
    """The backbone's own global pooled feature: no second pass."""

    def __call__(self, images: Tensor, pooled: Tensor) -> Tensor:
        return pooled


class DinoTeacher:
    """A vision transformer, `batch` frames at a time, on the fastest device."""

    def __init__(self, network: DinoViTS16, *, batch: int) -> None:
        self.device = fastest_device()
        self.network = network.to(self.device)
        self.batch = batch

    @torch.inference_mode()
    def __call__(self, images: Tensor, pooled: Tensor) -> Tensor:
        parts = [self.network(part.to(self.device).float()) for part in images.split(self.batch)]
        return torch.nn.functional.normalize(torch.cat(parts), dim=-1).cpu()


def build_teacher(options: TeacherOptions, root: Path, *, batch: int) -> Teacher:
    """The teacher that options describe. root: of the relative path `options.weights`. batch: frames in one pass.

    Raises FileNotFoundError and ValueError for a file of weights that is missing or of something else.
    """
    if options.weights is None:
        return BackboneTeacher()
    return DinoTeacher(DinoViTS16(root / options.weights, raw_pixels=options.raw_pixels), batch=batch)
