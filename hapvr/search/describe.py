"""A video file as the network sees it: sampled frames and their region features."""

import hashlib
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
import torch

from hapvr.features.extractor import Extractor
from hapvr.project import Project
from hapvr.video import Sample, sample


class Described(NamedTuple):
    """frames: what was sampled, T of them. features: float32 [T, R, D], of float16 precision as everywhere on disk."""

    frames: Sample
    features: np.ndarray


class Describer:
    """Samples and describes videos as the project's pipeline does."""

    def __init__(self, extractor: Extractor, *, fps: float, size: int, made_with: dict[str, Any]) -> None:
        self._extractor = extractor
        self._fps, self._size = fps, size
        self.made_with = made_with
        """Everything that decides about features, to tell whether those of an index can be compared with new ones."""

    @classmethod
    def of(cls, project: Project) -> Self:
        """Raises FileNotFoundError where the pipeline has not learnt its whitening yet."""
        params = project.params
        whitening = project.whitening_file(params.backbone)
        if not whitening.exists():
            raise FileNotFoundError(f"{whitening}: no such file; run `make repro` first, it learns the whitening")
        made_with = {
            "backbone": params.backbone,
            "whitening": hashlib.sha256(whitening.read_bytes()).hexdigest(),
            "fps": params.frames.fps,
            "size": params.frames.size,
        }
        return cls(Extractor.of(project), fps=params.frames.fps, size=params.frames.size, made_with=made_with)

    def frames(self, path: Path) -> Sample:
        """Sampled frames alone. Raises DecodeError."""
        return sample(path, self._fps, self._size)

    def __call__(self, path: Path) -> Described:
        """Raises DecodeError."""
        frames = self.frames(path)
        return Described(frames, self._extractor(frames.images).regions.to(torch.float16).float().numpy())
