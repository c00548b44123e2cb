"""The training objective: the weighted sum of the losses that a run lists, and nothing else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from torch import Tensor, nn

from hapvr.losses import LOSSES, level_of
from hapvr.losses.labels import pseudo_labels


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


class WeightedLoss(NamedTuple):
    name: str
    weight: float
    value: Callable[[LossInputs], Tensor]


class Objective:
    """Total loss = Σ weight · loss over the losses of a run, added in their order.

    losses: name → weight and parameters, as `runs.*.losses` in params.yaml with everything shared filled in.
    """

    def __init__(self, losses: Mapping[str, Mapping[str, Any]]) -> None:
        self.terms = []
        for name, options in losses.items():
            parameters = {key: value for key, value in options.items() if key != "weight"}
            value = LEVELS[level_of(name)](LOSSES[name], parameters)
            self.terms.append(WeightedLoss(name, options["weight"], value))

    def __call__(self, inputs: LossInputs) -> tuple[Tensor, dict[str, Tensor]]:
        """The total and each loss by name, without its weight."""
        values = {term.name: term.value(inputs) for term in self.terms}
        total = sum((term.weight * values[term.name] for term in self.terms), inputs.similarity.new_zeros(()))
        return total, values


def _on_videos(kind: type[nn.Module], parameters: dict[str, Any]) -> Callable[[LossInputs], Tensor]:
    loss = kind(**parameters)
    return lambda inputs: loss(inputs.similarity, inputs.relevance)


def _on_frames(kind: type[nn.Module], parameters: dict[str, Any]) -> Callable[[LossInputs], Tensor]:
    rates = parameters.pop("top_rate"), parameters.pop("bottom_rate")
    loss = kind(**parameters)

    def value(inputs: LossInputs) -> Tensor:
        labels = pseudo_labels(inputs.teacher, *rates, rows=inputs.rows)
        of_rows: Tensor = loss(inputs.frame_similarity, *labels, inputs.relevance[inputs.rows])
        return of_rows * inputs.frame_share

    return value


def _on_output(kind: type[nn.Module], parameters: dict[str, Any]) -> Callable[[LossInputs], Tensor]:
    # The CNN's raw output stays inside the network, which applies the loss to it.
    return lambda inputs: inputs.range_penalty


LEVELS: dict[str, Callable[[type[nn.Module], dict[str, Any]], Callable[[LossInputs], Tensor]]] = {
    "video": _on_videos,
    "frame": _on_frames,
    "output": _on_output,
}
"""How a loss gets what it needs, by its level."""
