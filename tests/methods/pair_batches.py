"""Batches of tiny videos for methods that learn from pairs."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hapvr.methods.similarity_network import FrameNetwork
from hapvr.training.batches import Batch
from tests.golden.numbers import Golden

DIMS = 16


def unit(*shape: int, seed: int = 0) -> Tensor:
    return F.normalize(torch.randn(*shape, generator=torch.Generator().manual_seed(seed)), dim=-1)


def batch_of(pairs: int, frames: int = 12, *, distractors: int = 0, seed: int = 0) -> Batch:
    """Anchors, then their positives, the same frames with noise, then distractors."""
    anchors = unit(pairs, frames, 9, DIMS, seed=seed)
    positives = F.normalize(anchors + 0.8 * unit(pairs, frames, 9, DIMS, seed=seed + 1), dim=-1)
    others = unit(distractors, frames, 9, DIMS, seed=seed + 2)
    names = [frozenset([f"v{number}"]) for number in range(pairs)] * 2
    names += [frozenset([f"d{number}"]) for number in range(distractors)]
    relevance = torch.block_diag(torch.eye(pairs).repeat(2, 2), torch.eye(distractors))
    features = torch.cat([anchors, positives, others])
    return Batch(features, torch.zeros(*features.shape[:2], 1), relevance, names)


def constant_output(network: nn.Module, value: float) -> None:
    """Makes the CNN give `value` everywhere, whatever it sees."""
    with torch.no_grad():
        network.comparator_module.fconv.weight.zero_()
        network.comparator_module.fconv.bias.fill_(value)


def learn_twice(train: Callable[[], list[float]]) -> list[float]:
    """What `train` gives, by deterministic algorithms; a second time it has to be the same."""
    torch.use_deterministic_algorithms(True)
    try:
        totals = train()
        assert totals == train()
    finally:
        torch.use_deterministic_algorithms(False)
    return totals


def check_steps_of_a_pair(network: FrameNetwork, golden: Golden) -> None:
    """The frame matrix of videos 2 and 3 and what the CNN makes of it are the published ones."""
    frames = network.frame_similarity(golden["indexed2"], golden["indexed3"])
    raw = network.compare_frames(frames[None])[0]
    found = {"frame_similarity_2_3": frames, "head_raw_2_3": raw, "head_output_2_3": F.hardtanh(raw)}
    for name, ours in found.items():
        torch.testing.assert_close(ours, golden[name].reshape(ours.shape), atol=1e-5, rtol=0)


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
