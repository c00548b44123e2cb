"""Stage `train`: one run, one seed."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Literal

import torch
from torch import nn
from tqdm import tqdm

from hapvr.datasets.dataset import Dataset, read_dataset
from hapvr.methods import METHODS
from hapvr.methods.model import TrainingSet, build, load_model, save_model
from hapvr.pipeline.code import stage_digest
from hapvr.project import Project, check_name, need
from hapvr.storage.features import FeatureStore
from hapvr.storage.resume import dependencies
from hapvr.storage.views import read_views
from hapvr.training.batches import BatchSource
from hapvr.training.checkpoint import Checkpoint, training_settings
from hapvr.training.distributed import Processes
from hapvr.training.labelled_core import LabelledCore
from hapvr.training.launch import count_launched, launched, start_processes
from hapvr.training.log import LiveLog
from hapvr.training.loop import fit
from hapvr.training.objective import Losses, OwnObjective
from hapvr.training.options import Train
from hapvr.training.reproducible import run_reproducibly
from hapvr.training.state import LogRow, kept_step
from hapvr.training.view_bank import ViewBank

# A view bank up to this size is held in memory; from disk, a batch of the mini preset takes three times as long.
BANK_GB = 2.0


def train(project: Project, run: str, seed: int) -> None:
    """Writes models/{run}/{seed}: weights.safetensors, config.json and, of a training by losses, live, its log.

    First weights and batches depend on the seed, not on the run, so that runs differ by method and losses alone, and by
    what `runs.X.train` and `runs.X.training_set` say where they are there.
    Several processes (`train.processes`) are started here, unless `torchrun` or `accelerate launch` started them; they
    train together, and the main one writes. Interrupted, it goes on at its last checkpoint in data/.partial when
    started again, to the same bytes.
    Raises NonFiniteLossError, ProcessesFailedError, and ValueError if a launcher started another number of processes.
    """
    check_name("run", run, project.params.trained, where="the trained runs")
    check_name("seed", seed, project.params.seeds_of(run), where=f"the seeds of {run}")
    count, found = project.params.processes_of(run), count_launched()
    if found is None and count > 1:
        return start_processes(["train", run, "--seed", str(seed)], count, folder=project.root)
    if found not in (None, count):
        raise ValueError(
            f"train {run}: a launcher started {found} processes, but train.processes of params.yaml makes it {count}, "
            f"and the result depends on it; start {count}, or leave it to `hapvr train {run} --seed {seed}` alone"
        )
    fits_itself = hasattr(METHODS[project.params.method_of(run)["name"]], "fit")
    work = partial(_fit_itself if fits_itself else _train_in_steps, project, run, seed)
    work() if found is None else launched(work)


def _train_in_steps(project: Project, run: str, seed: int) -> None:
    """By the losses of the run, or by the objective of its method."""
    params = project.params
    method, losses, own = params.method_of(run), params.losses_of(run), params.train_of(run)
    processes = Processes.join()
    learns_from: Any = getattr(METHODS[method["name"]], "learns_from", "views")
    source = batch_source(project, seed, learns_from, run=run)
    training_set = params.training_set_of(run)
    teachers = {
        name: need(project.model_folder(of, str(seed)), f"train@{of}-{seed}")
        for name, of in params.teachers_of(run).items()
    }
    settings = training_settings(method, losses, own, seed=seed, processes=processes.count)
    depends_on = dependencies(
        settings
        | params.model_dump(mode="json", include={"backbone", "features", "teacher", "views"})
        | {"code": stage_digest(params, "train", run), "torch": f"{torch.__version__} on {processes.device.type}"},
        contents=[file for folder in teachers.values() for file in sorted(folder.glob("*.*"))],
        stamps=source_files(project, training_set) if learns_from == "views" else project.features_files(training_set),
    )
    checkpoint = Checkpoint(project.partial_folder("train", run, str(seed)), depends_on, processes)
    with run_reproducibly(seed=seed, threads=own.threads):
        network = build(method, source.dims)
        objective = Losses(losses) if losses else OwnObjective(_load_teachers(teachers, source.dims, processes.device))
        steps = fit(network, source, objective, own, processes=processes, checkpoint=checkpoint)
        folders = project.live_folder(run, str(seed)), project.times_folder(run, str(seed))
        live = LiveLog(*folders) if processes.main else None
        log: list[LogRow] = []
        with tqdm(steps, f"train {run} {seed}", own.steps, unit="step", disable=not processes.main) as progress:
            for step in progress:
                progress.set_postfix(loss=f"{step.row['total']:.3f}", refresh=False)
                log.append(step.row)
                if live:
                    live.add(step.row, times={"step_s": step.seconds, "waited_s": step.waited_s})
    if processes.main:
        chosen = {"last_step": len(log), "kept_step": kept_step(log, own)}
        save_model(project.model_folder(run, str(seed)), network, config=settings | chosen)
        checkpoint.remove()
    processes.leave()


def _load_teachers(folders: Mapping[str, Path], dims: int, device: torch.device) -> dict[str, nn.Module]:
    """The models that teach a run, by name."""
    return {name: load_model(folder, dims).to(device) for name, folder in folders.items()}


def _fit_itself(project: Project, run: str, seed: int) -> None:
    """A method that learns from the features of the training set in its own way."""
    params = project.params
    method, own = params.method_of(run), params.train_of(run)
    training = training_set_of(project, seed, run=run)
    with run_reproducibly(seed=seed, threads=own.threads):
        network: Any = build(method, params.whiten.dims)
        network.fit(training)
    settings = training_settings(method, {}, own, seed=seed, processes=1)
    save_model(project.model_folder(run, str(seed)), network, config=settings)


def training_set_of(project: Project, seed: int, *, run: str | None = None) -> TrainingSet:
    """What a method that fits itself learns from. run: whose training set and sizes it is; None: those of all."""
    train, name = _training_of(project, run)
    dataset, features = _described_training_set(project, name)
    unlabelled = [video_id for video_id in dataset.training if video_id in features]
    sizes = {"steps": train.steps, "window": train.window, "batch": 2 * train.pairs}
    return TrainingSet(features, unlabelled, dataset.relevance, seed, **sizes)


def _training_of(project: Project, run: str | None) -> tuple[Train, str]:
    """How a run is trained and on which dataset; None: as all are that have nothing of their own."""
    params = project.params
    if run is None:
        return params.train, params.training_set
    return params.train_of(run), params.training_set_of(run)


def _described_training_set(project: Project, name: str) -> tuple[Dataset, FeatureStore]:
    dataset = read_dataset(need(project.dataset_file(name), f"fetch@{name}"))
    return dataset, FeatureStore(project.features_files(name))


def batch_source(
    project: Project, seed: int, learns_from: Literal["views", "core"] = "views", *, run: str | None = None
) -> BatchSource:
    """Batches for a training with this seed.

    views: of the training set's view bank or of its frames, as `train.source` says. core: of the features of its
    labelled core, and of unlabelled videos as distractors. run: whose training set and values of `train` they are
    made with; None: those of all. Raises ValueError if there are too few videos for a batch.
    """
    params = project.params
    train, name = _training_of(project, run)
    if learns_from == "core":
        dataset, features = _described_training_set(project, name)
        return LabelledCore(features, dataset.relevance, dataset.training, train, seed)
    files = source_files(project, name)
    if train.source == "views":
        return ViewBank(read_views(files, memory_gb=BANK_GB), train, seed)
    from hapvr.features.extractor import build_extractor
    from hapvr.features.teacher import build_teacher
    from hapvr.training.online import OnlineSource
    from hapvr.views.clips import Clips

    whitening = project.whitening_file(params.backbone)
    extractor = build_extractor(params.backbone, params.features, project.root, whitening)
    teacher = build_teacher(params.teacher, project.root, batch=params.features.batch)
    training = read_dataset(project.dataset_file(name)).training
    clips = Clips.open(project.frames_files(name), training, extractor.device)
    sizes = {"dims": params.whiten.dims, "seed": seed}
    return OnlineSource(clips, extractor, teacher, views=params.views, train=train, **sizes)


def source_files(project: Project, training_set: str) -> list[Path]:
    """The files that batches are made of."""
    params = project.params
    if params.train.source == "views":
        return [need(project.views_file(shard), f"views@{shard}") for shard in params.views.shards]
    weights = [project.root / path for path in (params.features.weights, params.teacher.weights) if path]
    whitening = need(project.whitening_file(params.backbone), f"whiten@{params.backbone}")
    dataset = need(project.dataset_file(training_set), f"fetch@{training_set}")
    return [*project.frames_files(training_set), dataset, whitening, *weights]
