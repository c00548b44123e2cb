"""Small batches to learn from: two views of each of a few sources that differ."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hapvr.training.batches import Batch, relate_views


def batch_of(features: Tensor, sources: Sequence[str]) -> Batch:
    """A batch without a teacher. features: [N, T, R, D]; sources: of each view, its letters."""
    shown = [frozenset(source) for source in sources]
    return Batch(features, torch.zeros(*features.shape[:2], 1), relate_views(shown), shown)


def pairs(
    dims: int, *, frames: int = 12, count: int = 6, noise: float = 1.0, distractors: int = 0, seed: int = 0
) -> Batch:
    """`count` sources, each seen twice, with noise of its own in every view, then distractors."""
    random = torch.Generator().manual_seed(seed)
    content = torch.randn((count + distractors, 1, 1, dims), generator=random)
    content = torch.cat([content[:count], content])
    views = content + noise * torch.randn((2 * count + distractors, frames, 2, dims), generator=random)
    letters = "abcdefghijklmnop"
    return batch_of(F.normalize(views, dim=-1), [*letters[:count], *letters[: count + distractors]])


def learn(method: nn.Module, batch: Batch, *, steps: int, learning_rate: float = 1e-2) -> list[float]:
    """Trains on one batch; gives the loss of each step."""
    method.train()
    learned = [parameter for parameter in method.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(learned, learning_rate)
    losses = []
    for _ in range(steps):
        optimiser.zero_grad()
        total = torch.stack(list(method.objective(batch).values())).sum()
        total.backward()
        optimiser.step()
        losses.append(total.item())
    return losses
