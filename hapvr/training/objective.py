"""The training objective: the weighted sum of the losses that a run lists, and nothing else."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from torch import Tensor

from hapvr.losses import LOSSES, pseudo_labels
from hapvr.params import runs


@dataclass(frozen=True)
class Outcome:
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


class Term(NamedTuple):
    name: str
    weight: float
    value: Callable[[Outcome], Tensor]


class Objective:
    """Total loss = Σ weight · term over the `losses` of a run, each listed once."""

    def __init__(self, losses: Sequence[runs.Loss]) -> None:
        self.terms = [Term(loss.name, loss.weight, _value(loss)) for loss in losses]

    def __call__(self, outcome: Outcome) -> tuple[Tensor, dict[str, Tensor]]:
        """The total and each term by name, without its weight."""
        values = {term.name: term.value(outcome) for term in self.terms}
        total = sum((term.weight * values[term.name] for term in self.terms), outcome.similarity.new_zeros(()))
        return total, values


def _value(params: runs.Loss) -> Callable[[Outcome], Tensor]:
    """How a loss gets what it needs: the network's range penalty, frame similarities, or video similarities."""
    options = params.model_dump(exclude={"name", "weight"})
    match params:
        case runs.RangePenalty():
            # The head's raw output stays inside the network, which applies this loss to it.
            return lambda outcome: outcome.range_penalty
        case runs.FrameLoss():
            rates = options.pop("top_rate"), options.pop("bottom_rate")
            frame_loss = LOSSES[params.name](**options)

            def of_frames(outcome: Outcome) -> Tensor:
                labels = pseudo_labels(outcome.teacher, *rates, rows=outcome.rows)
                value: Tensor = frame_loss(outcome.frame_similarity, *labels, outcome.relevance[outcome.rows])
                return value * outcome.frame_share

            return of_frames
        case _:
            video_loss = LOSSES[params.name](**options)
            return lambda outcome: video_loss(outcome.similarity, outcome.relevance)
