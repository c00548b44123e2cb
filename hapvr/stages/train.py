"""Stage `train`: one run, one seed."""

from tqdm import tqdm

from hapvr.methods.model import build
from hapvr.params.runs import Run
from hapvr.project import Project
from hapvr.training.checkpoint import Checkpoint
from hapvr.training.choice import kept_step
from hapvr.training.configuration import trained_configuration
from hapvr.training.live import LiveLog
from hapvr.training.loop import fit
from hapvr.training.objective import Objective
from hapvr.training.processes import Processes
from hapvr.training.reproducible import reproducible
from hapvr.training.results import write_results
from hapvr.training.settings import checkpoint_settings
from hapvr.training.sources import batch_source


def train(project: Project, run: str, seed: int) -> None:
    """Writes models/{run}/{seed}: weights.safetensors, config.json and live, the log.

    First weights and batches depend on the seed, not on the run, so that runs differ by method and losses alone.
    Started by `torchrun` or `accelerate launch`, its processes train together, and the main one writes. Interrupted,
    it goes on at its last checkpoint in data/.partial when started again, to the same bytes.
    Raises ValueError for a run that is not trained, and NonFiniteLossError.
    """
    params = project.params.train
    described = _trained(project, run)
    processes = Processes.join()
    source = batch_source(project, seed)
    settings = checkpoint_settings(project, described, seed, processes)
    checkpoint = Checkpoint(project.root / "data" / ".partial" / "train" / run / str(seed), settings, processes)
    with reproducible(seed=seed, threads=params.threads):
        network = build(described.method.model_dump(), source.dims)
        objective = Objective(described.losses)
        steps = fit(network, source, objective, params, processes=processes, checkpoint=checkpoint)
        folders = project.live_folder(run, str(seed)), project.times_folder(run, str(seed))
        live = LiveLog(*folders) if processes.main else None
        log = []
        with tqdm(steps, f"train {run} {seed}", params.steps, unit="step", disable=not processes.main) as progress:
            for step in progress:
                progress.set_postfix(loss=f"{step.row['total']:.3f}", refresh=False)
                log.append(step.row)
                if live:
                    live.add(step.row, times={"step_s": step.seconds, "waited_s": step.waited_s})
    if processes.main:
        config = trained_configuration(described, params, seed=seed, processes=processes.count)
        config |= {"last_step": len(log), "kept_step": kept_step(log, params)}
        write_results(project.model_folder(run, str(seed)), network, config=config)
        checkpoint.remove()
    processes.leave()


def _trained(project: Project, run: str) -> Run:
    names: list[str] = project.params.train.runs
    if run not in names:
        raise ValueError(f"train: run {run!r} is not in train.runs of params.yaml; accepted: {', '.join(names)}")
    return project.params.scored(run)
