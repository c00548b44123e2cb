"""A video file as the network sees it: sampled frames and their region features."""

import hashlib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from hapvr.features.extractor import Extractor
from hapvr.project import Project
from hapvr.search.sampler import sampled
from hapvr.video import Sample


class Described(NamedTuple):
    """frames: what was sampled, T of them. features: float32 [T, R, D], of float16 precision as everywhere on disk."""

    frames: Sample
    features: np.ndarray


class Describer:
    """Samples and describes videos as the project's pipeline does."""

    def __init__(self, project: Project) -> None:
        """Raises FileNotFoundError where the pipeline has not learnt its whitening yet."""
        whitening = project.whitening_file(project.params.backbone)
        if not whitening.exists():
            raise FileNotFoundError(f"{whitening}: no such file; run `make repro` first, it learns the whitening")
        self.made_with = _made_with(project)
        """Everything that decides about features, to tell whether those of an index can be compared with new ones."""
        self._frames_params = project.params.frames
        torch.set_num_threads(project.params.features.threads)
        self._extractor = Extractor.of(project)

    def frames(self, path: Path) -> Sample:
        """Sampled frames alone. Raises DecodeError."""
        return sampled(path, self._frames_params)

    def __call__(self, path: Path) -> Described:
        """Raises DecodeError."""
        frames = self.frames(path)
        return Described(frames, self._extractor(frames.images).regions.to(torch.float16).float().numpy())


def _made_with(project: Project) -> dict[str, Any]:
    params = project.params
    frames = params.frames
    weights = params.features.weights
    return {
        "backbone": params.backbone,
        "weights": weights and _sha256(project.root / weights),
        "whitening": _sha256(project.whitening_file(params.backbone)),
        "fps": frames.fps,
        "size": frames.size,
        "jpeg_quality": frames.jpeg_quality,
        "decoder": frames.decoder,
    }


def _sha256(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
