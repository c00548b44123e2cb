"""Stage `train`: one run, one seed."""

from tqdm import tqdm

from hapvr.params.runs import Run
from hapvr.project import Project
from hapvr.similarity.model import build
from hapvr.storage.views import read_views
from hapvr.training.bank import ViewBank
from hapvr.training.configuration import trained_configuration
from hapvr.training.loop import fit
from hapvr.training.objective import Objective
from hapvr.training.reproducible import reproducible
from hapvr.training.results import write_results


def train(project: Project, run: str, seed: int) -> None:
    """Writes models/{run}/{seed}: weights.safetensors, config.json and log.csv.

    First weights and batches depend on the seed, not on the run, so that runs differ by method and losses alone.
    Raises ValueError for a run that is not trained, and NonFiniteLossError.
    """
    params = project.params.train
    described = _trained(project, run)
    bank = ViewBank(read_views(project.views_file(shard) for shard in project.params.shards), params, seed)
    with reproducible(seed=seed, threads=params.threads):
        network = build(described.method.model_dump(), bank.dims)
        steps = fit(network, bank, Objective(described.losses), params)
        log = []
        with tqdm(steps, f"train {run} {seed}", params.steps, unit="step") as progress:
            for row in progress:
                progress.set_postfix(loss=f"{row['total']:.3f}", refresh=False)
                log.append(row)
    config = trained_configuration(described, params, seed=seed)
    write_results(project.model_folder(run, str(seed)), network, config=config, log=log)


def _trained(project: Project, run: str) -> Run:
    names: list[str] = project.params.train.runs
    if run not in names:
        raise ValueError(f"train: run {run!r} is not in train.runs of params.yaml; accepted: {', '.join(names)}")
    return project.params.scored(run)
