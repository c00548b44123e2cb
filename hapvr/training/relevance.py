"""Which views of a batch are relevant to each other."""

from collections.abc import Collection, Sequence

import torch
from torch import Tensor


def relevance_of(sources: Sequence[Collection[str]]) -> Tensor:
    """Relevance float32 [N, N] of N views: 1 where two views show a common source video, else 0.

    sources: per view the ids of the videos seen in it, two for a video-in-video view. The diagonal is 1.
    """
    names = sorted({name for view in sources for name in view})
    column = {name: number for number, name in enumerate(names)}
    shows = torch.zeros(len(sources), len(names))
    for row, view in enumerate(sources):
        shows[row, [column[name] for name in view]] = 1
    return (shows @ shows.T > 0).float()
