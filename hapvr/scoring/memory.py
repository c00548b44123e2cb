"""The memory that scoring needs, counted before it starts."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from torch import Tensor

from hapvr.scoring.blocks import BLOCK

FLOAT32 = 4
# Kernels that oneDNN writes for each shape, threads, and what the allocator holds back: 30 MB were measured.
AROUND = 64 * 2**20


@dataclass(frozen=True)
class Sizes:
    """One scoring, by the frames of its videos. frame: features [1, R, D] of one frame, on the device."""

    queries: Sequence[int]
    database: Sequence[int]
    frame: Tensor

    @property
    def longest(self) -> int:
        """Frames of the longest video."""
        return max([*self.database, *self.queries])

    def float_bytes(self, frames: int) -> int:
        """Features of a video, as float32."""
        return frames * self.frame.numel() * FLOAT32

    def raw_bytes(self, frames: int) -> int:
        """A video while it is read: as float32, and once more as float16."""
        return self.float_bytes(frames) * 3 // 2


def room_for_reading(sizes: Sizes, engine_needs: Mapping[str, int], memory_gb: float) -> int:
    """Bytes that are left for videos read ahead. Raises ValueError if there is none for one.

    engine_needs: what for → bytes, beside the result and one video that is read.
    """
    needed = {
        "the result": len(sizes.queries) * (len(sizes.database) + BLOCK) * FLOAT32,
        "reading one video": sizes.raw_bytes(sizes.longest),
        **engine_needs,
        "anything else": AROUND,
    }
    room = int(memory_gb * 2**30) - sum(needed.values())
    if room < 0:
        shares = ", ".join(f"{name} {size / 2**30:.3f}" for name, size in needed.items())
        total = math.ceil(100 * sum(needed.values()) / 2**30) / 100
        raise ValueError(
            f"memory_gb: {memory_gb:g} GiB allowed, {total:.2f} GiB needed ({shares}); the longest video has "
            f"{sizes.longest} frames; raise score.memory_gb to at least {total:.2f}"
        )
    return room
