"""What the losses of a step are computed from: a process's own batch, or the batches of all processes together."""

import json

from torch import nn

from hapvr.training.batches import Batch
from hapvr.training.objective import Outcome
from hapvr.training.processes import Processes
from hapvr.training.relevance import relevance_of


def own_outcome(network: nn.Module, batch: Batch) -> Outcome:
    """The views of one batch against each other."""
    frame_similarity, similarity, range_penalty = network(batch.features)
    return Outcome(similarity, batch.relevance, frame_similarity, batch.teacher, range_penalty)


def gathered_outcome(network: nn.Module, batch: Batch, processes: Processes) -> Outcome:
    """The views of this process's batch against those of all processes.

    Each process computes its rows of every matrix, [Q, N] of [N, N]. The similarities of the other rows come from the
    other processes, without a gradient. Factors make the mean over the processes, of losses and of gradients, what
    one process with the batches of all would have: video losses see the whole matrix, but the gradient only passes
    through own rows; frame level and range penalty are sums over rows.
    """
    everything = gathered(batch, processes)
    views = len(batch.features)
    rows = slice(processes.number * views, (processes.number + 1) * views)
    frame_similarity, similarity, range_penalty = network(everything.features, rows)
    whole = processes.joined(similarity.detach())
    similarity.register_hook(lambda gradient: gradient * processes.count)
    whole[rows] = similarity
    return Outcome(
        similarity=whole,
        relevance=everything.relevance,
        frame_similarity=frame_similarity,
        teacher=everything.teacher,
        range_penalty=range_penalty * processes.count,
        rows=rows,
        frame_share=processes.count * everything.relevance[rows].sum().item() / everything.relevance.sum().item(),
    )


def gathered(batch: Batch, processes: Processes) -> Batch:
    """The batches of all processes as one, that of process 0 first."""
    texts = processes.texts(json.dumps([sorted(view) for view in batch.sources]))
    sources = [frozenset(view) for text in texts for view in json.loads(text)]
    return Batch(
        features=processes.joined(batch.features),
        teacher=processes.joined(batch.teacher),
        relevance=relevance_of(sources).to(batch.relevance),
        sources=sources,
    )
