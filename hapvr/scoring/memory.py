"""The memory that scoring needs, counted before it starts."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from hapvr.methods.model import Method
from hapvr.scoring.blocks import BLOCK
from hapvr.scoring.spans import CHUNK
from hapvr.scoring.strips import ALIGN, strip_frames
from hapvr.similarity.region_similarity import COLUMNS, rows_of_tile

FLOAT32 = 4
# Kernels that oneDNN writes for each shape, threads, and what the allocator holds back: 30 MB were measured.
AROUND = 64 * 2**20
# Bytes per pair of frames that the CNN holds at its peak: 32 maps of its first layer, pooled ones, a copy.
CNN_MAPS = 48 * FLOAT32


@dataclass(frozen=True)
class Work:
    """One scoring, by its sizes. regions, dims: of a feature; indexed_regions: of an indexed one."""

    queries: Sequence[int]
    database: Sequence[int]
    regions: int
    indexed_regions: int
    dims: int
    dtype: torch.dtype
    device: torch.device

    def raw_bytes(self, frames: int) -> int:
        """A video while it is read: as float32, and once more as float16."""
        return frames * self.regions * self.dims * (FLOAT32 + 2)

    def indexed_bytes(self, frames: int) -> int:
        """An indexed video."""
        return frames * self.indexed_regions * self.dims * self.dtype.itemsize


def room_for_reading(method: Method, work: Work, memory_gb: float) -> int:
    """Bytes that are left for videos read ahead. Raises ValueError if there is none for one."""
    longest = max([*work.database, *work.queries])
    needed = {
        "the result": len(work.queries) * (len(work.database) + BLOCK) * FLOAT32,
        "the queries": work.indexed_bytes(_query_frames(method, work) + 2 * strip_frames(work.device)),
        # Laid out, an indexed video is there twice. Attention works on one chunk at a time.
        "one video": work.raw_bytes(longest)
        + 2 * work.indexed_bytes(longest)
        + 4 * FLOAT32 * min(longest, CHUNK) * work.regions * work.dims,
        "one comparison": _comparison_bytes(method, work, longest),
        "anything else": AROUND,
    }
    room = int(memory_gb * 2**30) - sum(needed.values())
    if room < 0:
        shares = ", ".join(f"{name} {size / 2**30:.3f}" for name, size in needed.items())
        total = math.ceil(100 * sum(needed.values()) / 2**30) / 100
        raise ValueError(
            f"memory_gb: {memory_gb:g} GiB allowed, {total:.2f} GiB needed ({shares}); the longest video has "
            f"{longest} frames; raise score.memory_gb to at least {total:.2f}"
        )
    return room


def _query_frames(method: Method, work: Work) -> int:
    """Frames of all strips: those of the queries, of gaps, of the halos of chunks, and of alignment."""
    gaps = sum((frames // CHUNK + 1) * 6 * method.stride for frames in work.queries)
    strips = (sum(work.queries) + gaps) // strip_frames(work.device) + 1
    return sum(work.queries) + gaps + strips * ALIGN


def _comparison_bytes(method: Method, work: Work, longest: int) -> int:
    tall = rows_of_tile(work.device)
    chunk = min(longest, CHUNK) + 6 * method.stride
    rows = min(max(strip_frames(work.device), chunk), _query_frames(method, work))
    pairs_of_frames = rows * (3 * FLOAT32 + (CNN_MAPS if method.stride > 1 else 0)) * chunk
    # More than the 9 best values of every pair of frames that Triton's kernel keeps.
    region_products = 3 * FLOAT32 * work.indexed_regions**2 * min(tall, rows) * min(COLUMNS, chunk)
    copies = 2 * work.indexed_bytes(chunk + min(tall, rows))
    outputs = 6 * FLOAT32 * (rows // method.stride) * (longest // method.stride + 1)
    return pairs_of_frames + region_products + copies + outputs
