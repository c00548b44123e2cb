"""Backbone, regions and whitening together: images in, features out."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils import convert_conv2d_weight_memory_format

from hapvr.device import fastest_device
from hapvr.features.backbones import BACKBONES
from hapvr.features.frame_maps import FrameMaps
from hapvr.features.l3_imac import regions
from hapvr.features.options import Features
from hapvr.features.whitening import Whitening


class Extracted(NamedTuple):
    """Features of T frames."""

    regions: Tensor
    """[T, 9, D], whitened unit vectors."""
    pooled: Tensor
    """[T, D'], global pooled unit vectors."""


class Extractor:
    """A frozen backbone that describes frames, `batch` at a time; whitening None leaves regions as they are."""

    def __init__(self, backbone: str, whitening: Whitening | None, *, batch: int, weights: Path | None = None) -> None:
        self.device = fastest_device()
        self.backbone = BACKBONES[backbone](weights).to(self.device)
        convert_conv2d_weight_memory_format(self.backbone, torch.channels_last)
        self.whitening: Callable[[Tensor], Tensor] = (
            torch.nn.Identity() if whitening is None else whitening.to(self.device)
        )
        self.batch = batch

    @torch.inference_mode()
    def __call__(self, images: np.ndarray | Tensor) -> Extracted:
        """images: [T, H, W, 3] uint8 array, or [T, 3, H, W] tensor of values 0–255."""
        if isinstance(images, np.ndarray):
            images = torch.from_numpy(images).permute(0, 3, 1, 2)
        # Stage maps are many times larger than features: those of one batch at a time.
        parts = [self._extract(part) for part in images.split(self.batch)]
        return Extracted(torch.cat([part.regions for part in parts]), torch.cat([part.pooled for part in parts]))

    def _extract(self, images: Tensor) -> Extracted:
        maps = self._maps(images)
        pooled = torch.nn.functional.normalize(maps.pooled, dim=-1)
        return Extracted(self.whitening(regions(maps.stages)).cpu(), pooled.cpu())

    def _maps(self, images: Tensor) -> FrameMaps:
        maps: FrameMaps = self.backbone(images.to(self.device).float().contiguous(memory_format=torch.channels_last))
        return maps


def build_extractor(backbone: str, options: Features, root: Path, whitening: Path | None) -> Extractor:
    """The extractor that options describe.

    root: of the relative path `options.weights`. whitening: file of a learnt one; None leaves regions as they are.
    """
    weights = root / options.weights if options.weights else None
    learnt = Whitening.load(whitening) if whitening else None
    return Extractor(backbone, learnt, batch=options.batch, weights=weights)
