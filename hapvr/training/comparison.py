"""What the losses of a step are computed from: the views of a batch compared by the network."""

import json
from dataclasses import dataclass, field

from torch import Tensor, nn

from hapvr.training.batches import Batch, relate_views
from hapvr.training.distributed import Processes


@dataclass(frozen=True)
class LossInputs:
    """What a loss can be computed from, for N views of T frames.

    similarity, relevance: [N, N]; frame_similarity: [Q, N, T, T], of the views `rows` against all; teacher: [N, T, Dt];
    range_penalty: scalar. frame_share: factor of the frame level, for a process that sees only its rows of the whole.
    """

    similarity: Tensor
    relevance: Tensor
    frame_similarity: Tensor
    teacher: Tensor
    range_penalty: Tensor
    rows: slice = field(default_factory=lambda: slice(None))
    frame_share: float = 1


def compare_within(network: nn.Module, batch: Batch) -> LossInputs:
    """The views of one batch against each other."""
    frame_similarity, similarity, range_penalty = network(batch.features)
    return LossInputs(similarity, batch.relevance, frame_similarity, batch.teacher, range_penalty)


def compare_with_all(network: nn.Module, batch: Batch, processes: Processes) -> LossInputs:
    """The views of this process's batch against those of all processes.

    Each process computes its rows of every matrix, [Q, N] of [N, N]. The similarities of the other rows come from the
    other processes, without a gradient. Factors make the mean over the processes, of losses and of gradients, what
    one process with the batches of all would have: video losses see the whole matrix, but the gradient only passes
    through own rows; frame level and range penalty are sums over rows.
    """
    everything = gather_batches(batch, processes)
    views = len(batch.features)
    rows = slice(processes.number * views, (processes.number + 1) * views)
    frame_similarity, similarity, range_penalty = network(everything.features, rows)
    whole = processes.join_tensors(similarity.detach())
    similarity.register_hook(lambda gradient: gradient * processes.count)
    whole[rows] = similarity
    return LossInputs(
        similarity=whole,
        relevance=everything.relevance,
        frame_similarity=frame_similarity,
        teacher=everything.teacher,
        range_penalty=range_penalty * processes.count,
        rows=rows,
        frame_share=processes.count * everything.relevance[rows].sum().item() / everything.relevance.sum().item(),
    )


def gather_batches(batch: Batch, processes: Processes) -> Batch:
    """The batches of all processes as one, that of process 0 first."""
    texts = processes.texts(json.dumps([sorted(view) for view in batch.sources]))
    sources = [frozenset(view) for text in texts for view in json.loads(text)]
    return Batch(
        features=processes.join_tensors(batch.features),
        teacher=processes.join_tensors(batch.teacher),
        relevance=relate_views(sources).to(batch.relevance),
        sources=sources,
    )
