"""Videos of a frame store as tensors that can be augmented."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from hapvr.datasets.dataset import read_dataset
from hapvr.project import Project
from hapvr.storage.frames import FrameStore


@dataclass(frozen=True)
class Clips:
    """Some videos, read when asked for.

    video_ids: ascending. shown: the numbers of the frames that are read of every video, counted on from its beginning
    where it has fewer; None: all. device: where the pixels are put.
    """

    store: FrameStore
    video_ids: Sequence[str]
    device: torch.device
    shown: np.ndarray | None = None

    @classmethod
    def of(cls, project: Project, shards: Iterable[int], device: torch.device) -> "Clips":
        """The training videos of some shards that could be read."""
        name = project.params.training_set
        store = FrameStore(project.frames_file(name, shard) for shard in shards)
        return cls(store, sorted(set(read_dataset(project.dataset_file(name)).training) & store.keys()), device)

    def showing(self, frames: np.ndarray) -> "Clips":
        """The same videos, of each these frames."""
        return replace(self, shown=frames)

    def read(self, video_id: str) -> Tensor:
        """Frames of a video, float32 [T, 3, H, W] in 0–1."""
        count = self.store[video_id]
        images = self.store.images(video_id, np.arange(count) if self.shown is None else self.shown % count)
        return torch.from_numpy(images).to(self.device).permute(0, 3, 1, 2).float() / 255
