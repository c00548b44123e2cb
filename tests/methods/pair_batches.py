"""Batches of tiny videos for methods that learn from pairs."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hapvr.training.batches import Batch

DIMS = 16


def unit(*shape: int, seed: int = 0) -> Tensor:
    return F.normalize(torch.randn(*shape, generator=torch.Generator().manual_seed(seed)), dim=-1)


def batch_of(pairs: int, frames: int = 12, *, seed: int = 0) -> Batch:
    """Anchors, then their positives: the same frames with noise."""
    anchors = unit(pairs, frames, 9, DIMS, seed=seed)
    positives = F.normalize(anchors + 0.8 * unit(pairs, frames, 9, DIMS, seed=seed + 1), dim=-1)
    names = [frozenset([f"v{number}"]) for number in range(pairs)] * 2
    teacher, relevance = torch.zeros(2 * pairs, frames, 1), torch.eye(pairs).repeat(2, 2)
    return Batch(torch.cat([anchors, positives]), teacher, relevance, names)


def constant_output(network: nn.Module, value: float) -> None:
    """Makes the CNN give `value` everywhere, whatever it sees."""
    with torch.no_grad():
        network.comparator_module.fconv.weight.zero_()
        network.comparator_module.fconv.bias.fill_(value)


def learn(network: nn.Module, batch: Batch, steps: int, **teachers: nn.Module) -> list[float]:
    """Totals before each of some steps of AdamW."""
    optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3)
    totals = []
    for _ in range(steps):
        optimiser.zero_grad()
        total = sum(network.objective(batch, **teachers).values())
        total.backward()
        optimiser.step()
        totals.append(total.item())
    return totals
