"""Stage `train`: one run, one seed."""

from tqdm import tqdm

from hapvr.params.runs import Run
from hapvr.project import Project
from hapvr.similarity.model import build
from hapvr.training.configuration import trained_configuration
from hapvr.training.loop import fit
from hapvr.training.objective import Objective
from hapvr.training.reproducible import reproducible
from hapvr.training.results import write_results
from hapvr.training.sources import batch_source


def train(project: Project, run: str, seed: int) -> None:
    """Writes models/{run}/{seed}: weights.safetensors, config.json and log.csv.

    First weights and batches depend on the seed, not on the run, so that runs differ by method and losses alone.
    Raises ValueError for a run that is not trained, and NonFiniteLossError.
    """
    params = project.params.train
    described = _trained(project, run)
    source = batch_source(project, seed)
    with reproducible(seed=seed, threads=params.threads):
        network = build(described.method.model_dump(), source.dims)
        steps = fit(network, source, Objective(described.losses), params)
        log = []
        with tqdm(steps, f"train {run} {seed}", params.steps, unit="step") as progress:
            for step in progress:
                progress.set_postfix(loss=f"{step.row['total']:.3f}", refresh=False)
                log.append(step.row)
    config = trained_configuration(described, params, seed=seed)
    write_results(project.model_folder(run, str(seed)), network, config=config, log=log)


def _trained(project: Project, run: str) -> Run:
    names: list[str] = project.params.train.runs
    if run not in names:
        raise ValueError(f"train: run {run!r} is not in train.runs of params.yaml; accepted: {', '.join(names)}")
    return project.params.runs[run]
