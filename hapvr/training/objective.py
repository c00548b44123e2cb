"""What a training minimises: the weighted sum of the losses that a run lists, or what its method says itself."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor, nn

from hapvr.losses import LOSSES, level_of
from hapvr.losses.labels import pseudo_labels
from hapvr.training.batches import Batch
from hapvr.training.comparison import LossInputs, compare_with_all, compare_within
from hapvr.training.distributed import Processes
from hapvr.training.state import State

Terms = tuple[Tensor, dict[str, Tensor]]
"""The total, and each term by name."""


class Objective(Protocol):
    """What one step minimises."""

    def compute(self, state: State, batch: Batch, *, gather: bool, processes: Processes) -> Terms:
        """The total of this process's batch, and its terms. gather: see `train.gather`."""


class WeightedLoss(NamedTuple):
    name: str
    weight: float
    value: Callable[[LossInputs], Tensor]


class Losses:
    """Total loss = Σ weight · loss over the losses of a run, added in their order.

    losses: name → weight and parameters, as `runs.*.losses` in params.yaml with everything shared filled in.
    """

    def __init__(self, losses: Mapping[str, Mapping[str, Any]]) -> None:
        self.terms = []
        for name, options in losses.items():
            parameters = {key: value for key, value in options.items() if key != "weight"}
            value = LEVELS[level_of(name)](LOSSES[name], parameters)
            self.terms.append(WeightedLoss(name, options["weight"], value))

    def compute(self, state: State, batch: Batch, *, gather: bool, processes: Processes) -> Terms:
        """The losses of a batch, within it or, with `gather`, over the batches of all processes."""
        with state.number_format.autocast():
            if gather and processes.count > 1:
                inputs = compare_with_all(state.network, batch, processes)
            else:
                inputs = compare_within(state.network, batch)
        return self(inputs)

    def __call__(self, inputs: LossInputs) -> Terms:
        """The total and each loss by name, without its weight."""
        values = {term.name: term.value(inputs) for term in self.terms}
        total = sum((term.weight * values[term.name] for term in self.terms), inputs.similarity.new_zeros(()))
        return total, values


class OwnObjective:
    """What a method minimises by itself: the sum of the terms that its `objective` gives.

    teachers: name → trained model of another run, as `runs.*.teachers` in params.yaml names them.
    """

    def __init__(self, teachers: Mapping[str, nn.Module]) -> None:
        self._teachers = teachers

    def compute(self, state: State, batch: Batch, *, gather: bool, processes: Processes) -> Terms:
        """The terms of this process's batch alone, `gather` or not."""
        method: Any = state.network
        with state.number_format.autocast():
            terms: dict[str, Tensor] = method.objective(batch, **self._teachers)
        terms = {name: value.float() for name, value in terms.items()}
        return torch.stack(list(terms.values())).sum(), terms


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
