"""Videos of a frame store as tensors that can be augmented."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from hapvr.storage.frames import FrameStore


@dataclass(frozen=True)
class Clips:
    """Some videos, read when asked for.

    device: where the pixels are put.
    """

    store: FrameStore
    video_ids: Sequence[str]
    device: torch.device

    @classmethod
    def open(cls, files: Iterable[Path], video_ids: Iterable[str], device: torch.device) -> "Clips":
        """Those of the videos that have frames in some files of the stage `frames`."""
        store = FrameStore(files)
        return cls(store, sorted(set(video_ids) & store.keys()), device)

    def read(self, video_id: str, frames: np.ndarray | None = None) -> Tensor:
        """Frames of a video with these numbers, or all, float32 [T, 3, H, W] in 0–1."""
        images = self.store.images(video_id, np.arange(self.store[video_id]) if frames is None else frames)
        return torch.from_numpy(images).to(self.device).permute(0, 3, 1, 2).float() / 255
