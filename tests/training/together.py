"""Run by torchrun: gradients and trained weights of each process, written as safetensors for a test to compare."""

import sys
from dataclasses import replace
from itertools import islice
from pathlib import Path

import torch
from safetensors.torch import save_file

from hapvr.methods.model import build
from hapvr.project import Project
from hapvr.stages.train import batch_source
from hapvr.training.batches import Batch
from hapvr.training.checkpoint import Checkpoint
from hapvr.training.distributed import Processes
from hapvr.training.loop import fit
from hapvr.training.objective import Losses
from hapvr.training.options import Train
from hapvr.training.state import NumberFormat, State
from hapvr.training.step import compute_gradient

SEED = 1
RUNS = ("hapvr", "loss_triplet", "loss_smooth_ap")
DTYPES = {"float32": torch.float32, "float64": torch.float64}


def first_network(project: Project, run: str) -> torch.nn.Module:
    torch.manual_seed(3)
    return build(project.params.method_of(run), 16)


def widen(batch: Batch, dtype: torch.dtype) -> Batch:
    return replace(batch, features=batch.features.to(dtype), teacher=batch.teacher.to(dtype))


def gradients(project: Project, run: str, params: Train, dtype: torch.dtype) -> dict[str, torch.Tensor]:
    processes = Processes.join()
    network = first_network(project, run).to(dtype)
    state = State(network, torch.optim.SGD(network.parameters()), NumberFormat("float32", processes.device))
    batch = widen(batch_source(project, SEED).batch(processes.number), dtype)
    losses = compute_gradient(state, batch, Losses(project.params.losses_of(run)), params=params, processes=processes)
    found = {name: parameter.grad for name, parameter in network.named_parameters()}
    return found | {f"losses/{name}": torch.tensor(value, dtype=torch.float64) for name, value in losses.items()}


def trained(project: Project, params: Train) -> dict[str, torch.Tensor]:
    network = first_network(project, "hapvr")
    list(fit(network, batch_source(project, SEED), Losses(project.params.losses_of("hapvr")), params))
    return network.state_dict()


def resumed(project: Project, params: Train, folder: Path) -> dict[str, torch.Tensor]:
    """As `trained`, but started three times, and left after one and two steps."""
    params = params.model_copy(update={"checkpoint_every": 1})
    source, objective = batch_source(project, SEED), Losses(project.params.losses_of("hapvr"))
    processes = Processes.join()
    for after in (1, 2, None):
        # In the last process's own folder there is no checkpoint: it gets what the main one reads.
        checkpoint = Checkpoint(folder / str(processes.number), {"run": "hapvr"}, processes)
        network = first_network(project, "hapvr")
        list(islice(fit(network, source, objective, params, processes=processes, checkpoint=checkpoint), after))
    return network.state_dict()


def shared_buffers(processes: Processes) -> dict[str, torch.Tensor]:
    """Of a network that has seen other batches in each process."""
    network = torch.nn.BatchNorm1d(2)
    network(torch.full((3, 2), 1.0 + processes.number))
    processes.share_buffers(network)
    return network.state_dict()


def main(root: Path, out: Path) -> None:
    torch.set_num_threads(1)
    project, processes = Project(root), Processes.join()
    assert processes.count == 2
    results = {"buffers": shared_buffers(processes)}
    for gather in (True, False):
        params = project.params.train.model_copy(update={"gather": gather})
        for run in RUNS:
            for name, dtype in DTYPES.items():
                results[f"{gather}/{run}/{name}"] = gradients(project, run, params, dtype)
        results[f"{gather}/trained"] = trained(project, params)
        results[f"{gather}/resumed"] = resumed(project, params, out / f"checkpoints-{gather}")
    tensors = {f"{case}/{name}": tensor.contiguous() for case, of in results.items() for name, tensor in of.items()}
    save_file(tensors, out / f"{processes.number}.safetensors")
    processes.leave()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
