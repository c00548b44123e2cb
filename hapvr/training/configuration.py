"""The exact configuration written beside a model."""

from typing import Any

from hapvr.params.runs import Run
from hapvr.training.options import Train


def trained_configuration(run: Run, params: Train, *, seed: int, processes: int) -> dict[str, Any]:
    """Method, losses, seed, number of processes and every training parameter that has an effect on the weights."""
    return {
        "method": run.method.model_dump(),
        "losses": [loss.model_dump() for loss in run.losses],
        "seed": seed,
        "processes": processes,
        "train": params.model_dump(mode="json", exclude={"runs", "seeds", "checkpoint_every", "workers"}),
    }
