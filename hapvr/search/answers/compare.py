"""Videos compared with videos, exactly as the pipeline scores them; progress is told in whole videos."""

from collections.abc import Callable
from contextlib import closing

import numpy as np
import torch
from torch import nn

from hapvr.device import fastest_device
from hapvr.scoring.engines import engine_of
from hapvr.scoring.memory import Sizes, room_for_reading
from hapvr.scoring.reading import Videos, lengths_of, read_ahead


@torch.inference_mode()
def compare(
    model: nn.Module, queries: Videos, database: Videos, *, memory_gb: float, progress: Callable[[], object]
) -> np.ndarray:
    """Similarity of each query to each video, float32 [Q, N].

    queries, database: sequences of [T, R, D]. progress: called after each video of the database. memory_gb: bound on
    what this takes, GiB. Raises ValueError if that is too small.
    """
    device = fastest_device()
    lengths = lengths_of(database)
    sizes = Sizes(lengths_of(queries), lengths, torch.as_tensor(queries[0])[:1].to(device).float())
    engine = engine_of(model.to(device), dtype=torch.float32, device=device)
    room = room_for_reading(sizes, engine.needed_bytes(sizes), memory_gb)
    similarity = np.zeros((len(queries), len(database)), np.float32)
    videos = read_ahead(
        database, range(len(lengths)), cost=lambda place: sizes.raw_bytes(lengths[place]), room=room, pin=False
    )
    with closing(videos):
        packed = engine.pack_queries(torch.as_tensor(query).to(device) for query in queries)
        for place, video in enumerate(videos):
            similarity[:, place] = engine.compare(packed, video.to(device)).cpu().numpy()
            progress()
    return similarity
