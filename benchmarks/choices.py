"""Every choice of the embedded preset, made on the development benchmark `mini_dev` and written down.

    python benchmarks/choices.py                        # all experiments of benchmarks/choices.yaml
    python benchmarks/choices.py --only learning_rate   # one or some of them
    python benchmarks/choices.py --experiments benchmarks/method_choices.yaml   # those of the other methods
    python benchmarks/choices.py --dry-run              # what would be made and trained, and what is there

Trains what the experiments ask for, in memory, as the stage `train` does, and scores mini_dev with it. A result is a
row of reports/choices/results.csv under a digest of all that it depends on but the code: no experiment computes it a
second time, and an interrupted command goes on where it was. After a change of the code of training, losses, scoring
or metrics remove that file. docs/choices.md, reports/choices/curves.csv and reports/figures/learning_curves.* are made
from the results that there are; of experiments that sweep a parameter, reports/{figures,tables}/sensitivity.*.

What is missing of the view bank and of mini_dev is made first. What the pipeline tracks is taken as it lies: after a
change of parameters of the training set run `snakemake -c all` before.
"""

import argparse
import contextlib
import csv
import io
import math
import multiprocessing
import os
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from choices_page import as_curves, as_page, as_points
from development import NAME, DevelopmentProject, data_digests, make_data, steps_to_make
from experiments import Experiment, Row, Trial, read_experiments, rows_of
from measured import write_table
from ruamel.yaml import YAML
from torch import nn
from tqdm import tqdm

from hapvr.datasets.dataset import Dataset, read_dataset
from hapvr.device import fastest_device
from hapvr.drawing import drawing
from hapvr.evaluation import evaluate
from hapvr.heap import keep_freed_memory
from hapvr.methods import METHODS
from hapvr.methods.model import build
from hapvr.project import Project
from hapvr.reports.figures.drawn import save_drawn
from hapvr.reports.figures.learning_curves import NAME as FIGURE
from hapvr.reports.figures.learning_curves import draw_learning_curves
from hapvr.reports.figures.sensitivity import NAME as SENSITIVITY
from hapvr.reports.figures.sensitivity import draw_sensitivity
from hapvr.reports.figures.style import LOOK
from hapvr.reports.sensitivity import EXPLANATION as SENSITIVITY_EXPLANATION
from hapvr.reports.sensitivity import points_grid
from hapvr.results import Results
from hapvr.scoring.number_format import NUMBER_FORMATS, choose_number_format
from hapvr.scoring.reading import Subset, readable
from hapvr.scoring.scoring import score
from hapvr.stages.train import BANK_GB, batch_source, training_set_of
from hapvr.storage.features import FeatureStore
from hapvr.storage.files import write_text
from hapvr.storage.scores import Scores
from hapvr.storage.views import View, read_views
from hapvr.training.batches import BatchSource
from hapvr.training.loop import fit
from hapvr.training.objective import Losses, OwnObjective
from hapvr.training.reproducible import run_reproducibly
from hapvr.training.state import LogRow, kept_step
from hapvr.training.step import NonFiniteLossError
from hapvr.training.view_bank import ViewBank

EXPERIMENTS = Path("benchmarks/choices.yaml")
RESULTS = Path("reports/choices/results.csv")
CURVES = Path("reports/choices/curves.csv")
PAGE = Path("docs/choices.md")


class Book(NamedTuple):
    """A file of experiments, and where what comes of it lies; curves and their figure are of one book alone."""

    experiments: Path
    results: Path
    page: Path
    curves: Path | None = None

    @classmethod
    def of(cls, experiments: Path) -> "Book":
        """Results and page are called as the file of experiments."""
        name = experiments.stem
        return cls(experiments, RESULTS.with_name(f"{name}.csv"), PAGE.with_name(f"{name}.md"))


PRESET = Book(EXPERIMENTS, RESULTS, PAGE, CURVES)


@cache
def read_benchmark(root: Path) -> tuple[Dataset, Subset, Subset]:
    """Ground truth, queries and database of mini_dev, once per process."""
    project = DevelopmentProject(root)
    dataset = read_dataset(project.dataset_file(NAME))
    store = FeatureStore(project.features_files(NAME))
    return dataset, readable(store, dataset.queries, f"{NAME}: queries"), readable(store, dataset.database, NAME)


@cache
def read_bank(root: Path) -> list[View]:
    """The view bank, once per process."""
    return read_views(DevelopmentProject(root).view_files(), memory_gb=BANK_GB)


@cache
def training_ids(root: Path) -> list[str]:
    """The training videos in their order."""
    project = DevelopmentProject(root)
    return read_dataset(project.dataset_file(project.params.training_set)).training


def train_model(root: Path, trial: Trial) -> tuple[nn.Module, list[LogRow]]:
    """The model of a trial, as the stage `train` makes it, and the log of its training."""
    if trial.train is None or trial.seed is None:
        return build(trial.method, read_benchmark(root)[1][0].shape[-1]), []
    source = batches_of(root, trial)
    teachers = {name: model_of(root, teacher) for name, teacher in trial.teachers.items()}
    with run_reproducibly(seed=trial.seed, threads=trial.train.threads):
        network: Any = build(trial.method, source.dims)
        if trial.untrained:
            return network, []
        if hasattr(network, "fit"):
            network.fit(training_set_of(DevelopmentProject(root), trial.seed))
            return network, []
        objective = Losses(trial.losses) if trial.losses else OwnObjective(freeze(teachers))
        return network, [step.row for step in fit(network, source, objective, trial.train)]


_MODELS: dict[str, nn.Module] = {}


def model_of(root: Path, trial: Trial) -> nn.Module:
    """The model of a trial that others need, trained once in a process."""
    key = trial.digest({})
    if key not in _MODELS:
        _MODELS[key] = train_model(root, trial)[0]
    return _MODELS[key]


def batches_of(root: Path, trial: Trial) -> BatchSource:
    """Where a trial learns from. Of fewer videos, views in which any other video is to be seen are left out."""
    assert trial.train is not None
    assert trial.seed is not None
    if getattr(METHODS[trial.method["name"]], "learns_from", "views") == "core":
        return batch_source(DevelopmentProject(root), trial.seed, "core")
    chosen = set(training_ids(root)[: trial.videos])
    return ViewBank([view for view in read_bank(root) if view.sources <= chosen], trial.train, trial.seed)


def freeze(teachers: Mapping[str, nn.Module]) -> dict[str, nn.Module]:
    """Teachers as a training loads them."""
    return {name: teacher.eval().requires_grad_(False) for name, teacher in teachers.items()}


def evaluate_model(root: Path, model: nn.Module) -> dict[str, float]:
    """Task of mini_dev → value, %."""
    return evaluate_scores(root, score_model(root, model))


@torch.inference_mode()
def score_model(root: Path, model: nn.Module) -> np.ndarray:
    """Similarity of mini_dev's queries and database, [Q, N]."""
    options = DevelopmentProject(root).params.score
    _, queries, database = read_benchmark(root)
    torch.set_num_threads(options.threads)
    number_format = NUMBER_FORMATS[choose_number_format(options.number_format, fastest_device())]
    # Scoring shows its own progress, which would be a line among those of the trainings.
    with contextlib.redirect_stderr(io.StringIO()):
        return score(
            model.eval(), queries, database, device=fastest_device(), memory_gb=options.memory_gb, dtype=number_format
        )


def evaluate_scores(root: Path, similarity: np.ndarray) -> dict[str, float]:
    """Task of mini_dev → value, %. similarity: as `score_model` gives it."""
    dataset, queries, database = read_benchmark(root)
    values = evaluate(dataset, Scores(queries.names, database.names, similarity))
    return {name: 100 * values[name][task.metric] for name, task in dataset.tasks.items()}


def compute(item: tuple[str, Trial], *, root: Path) -> dict[str, Any]:
    """A row of the results; one of a training whose loss was not finite has NaN for values."""
    digest, trial = item
    start = time.perf_counter()
    log: list[LogRow] = []
    try:
        model, log = train_model(root, trial)
        tasks = evaluate_model(root, model)
    except NonFiniteLossError:
        tasks = dict.fromkeys(read_benchmark(root)[0].tasks, math.nan)
    return {
        "digest": digest,
        "run": trial.run,
        "seed": trial.seed,
        **tasks,
        "score": float(np.mean(list(tasks.values()))),
        "validation_mAP": 100 * log[kept_step(log, trial.train) - 1]["validation_mAP"] if log and trial.train else None,
        "loss": log[-1]["total"] if log else None,
        "seconds": time.perf_counter() - start,
    }


def read_results(path: Path) -> pd.DataFrame:
    """Results so far by digest: run, seed, tasks, score, validation_mAP (all in %), loss of the last step, seconds."""
    if not path.exists():
        return pd.DataFrame(columns=["run", "seed"], index=pd.Index([], name="digest"))
    return pd.read_csv(path, dtype={"digest": str, "run": str, "seed": "Int64"}, index_col="digest")


def add_result(path: Path, row: dict[str, Any]) -> None:
    """Adds a row to what the file holds now, whole."""
    rows: list[dict[str, Any]] = []
    if path.exists():
        with path.open(encoding="utf-8", newline="") as file:
            rows = [known for known in csv.DictReader(file) if known["digest"] != row["digest"]]
    texts = {key: f"{value:.6g}" if isinstance(value, float) else value for key, value in row.items()}
    write_table(path, [*rows, texts])


def plan(project: DevelopmentProject, experiments: Iterable[Experiment], *, source: Path) -> list[Row]:
    """What the experiments ask for; digests without those of the data where that is not made yet."""
    file = project.root / "params.yaml"
    content = YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))
    data: dict[str, Any] = {"dev": None, "views": None, "training": None}
    training_videos = None
    if not steps_to_make(project):
        data, training_videos = data_digests(project), len(training_ids(project.root))
    rows = [
        row
        for experiment in experiments
        for row in rows_of(experiment, content, source=str(source), training_videos=training_videos)
    ]
    return [replace(row, digest=row.trial.digest(data)) for row in rows]


def compute_all(file: Path, project: DevelopmentProject, trials: dict[str, Trial], *, jobs: int) -> None:
    """Adds the results of the trials to the file, each when it is there. trials: by digest."""
    do = partial(compute, root=project.root)
    with contextlib.ExitStack() as stack:
        if jobs > 1:
            pool = stack.enter_context(
                multiprocessing.get_context("spawn").Pool(min(jobs, len(trials)), keep_freed_memory)
            )
            results: Iterator[dict[str, Any]] = pool.imap_unordered(do, trials.items())
        else:
            results = map(do, trials.items())
        for result in tqdm(results, "choices", len(trials), unit="model"):
            add_result(file, result)


def run(only: Sequence[str], *, jobs: int, dry_run: bool, book: Book = PRESET) -> None:
    """Computes what the experiments need and is not there, then writes curves and page."""
    project = DevelopmentProject(Project.find().root)
    experiments = read_experiments(project.root / book.experiments)
    if unknown := sorted({*only} - {experiment.name for experiment in experiments}):
        raise ValueError(f"--only: no experiment {', '.join(unknown)} in {book.experiments}")
    # Everything is checked before anything is made.
    rows = plan(project, experiments, source=book.experiments)
    missing = steps_to_make(project)
    if missing and not dry_run:
        make_data(project)
        rows = plan(project, experiments, source=book.experiments)
    known = read_results(project.root / book.results).index
    wanted = [row for row in rows if not only or row.experiment in only]
    trials = {row.digest: row.trial for row in wanted if row.digest not in known}
    if dry_run:
        print(describe(wanted, trials, missing))
        return
    if trials:
        compute_all(project.root / book.results, project, trials, jobs=jobs)
    results = read_results(project.root / book.results)
    if book.curves is not None:
        curves = as_curves(experiments, rows, results, videos=len(training_ids(project.root)))
        write_text(project.root / book.curves, curves)
        draw_curves(project, project.root / book.curves)
    dataset = read_benchmark(project.root)[0]
    if any(experiment.sweep is not None for experiment in experiments):
        write_sensitivity(project, as_points(experiments, rows, results, dataset), source=book.results)
    write_text(project.root / book.page, as_page(experiments, rows, results, dataset, book=book))


def draw_curves(project: DevelopmentProject, file: Path) -> None:
    """The curves as a figure, if there are any; among the pipeline's, since the page depends on all of those."""
    with drawing(LOOK):
        drawn = draw_learning_curves(Results(project), pd.read_csv(file))
        if drawn is not None:
            save_drawn(drawn, project.reports / "figures" / FIGURE)


def write_sensitivity(project: DevelopmentProject, points: pd.DataFrame, *, source: Path) -> None:
    """The points that there are as a figure and a table, which the page shows if no stage makes them."""
    if points.empty:
        return
    with drawing(LOOK):
        save_drawn(draw_sensitivity(points), project.reports / "figures" / SENSITIVITY)
    grid, table = points_grid(points), project.reports / "tables" / SENSITIVITY
    explained = f"{SENSITIVITY_EXPLANATION} Measured by `benchmarks/choices.py`, {source}."
    write_text(table.with_suffix(".csv"), points.to_csv(index=False, float_format="%.6g", lineterminator="\n"))
    write_text(table.with_suffix(".md"), f"{grid.markdown()}\n\n{explained}\n")
    write_text(table.with_suffix(".tex"), f"% {explained}\n% Needs the package booktabs.\n{grid.latex()}")


def describe(rows: Iterable[Row], trials: Collection[str], missing: Collection[str]) -> str:
    """What would be done: a line for each stage and row."""
    lines = [f"would be made first: {name}" for name in missing]
    for row in rows:
        seed = "" if row.trial.seed is None else f" seed {row.trial.seed}"
        state = "to compute" if row.digest in trials else "there"
        lines.append(f"{row.experiment}: {row.run}, {row.variant}{seed}: {state}")
    return "\n".join([*lines, f"{len(trials)} models to compute"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--experiments", type=Path, default=EXPERIMENTS, metavar="FILE", help=f"by default {EXPERIMENTS}"
    )
    parser.add_argument("--only", nargs="+", default=[], metavar="EXPERIMENT", help="by default all")
    parser.add_argument("--dry-run", action="store_true", help="list what would be done, and do nothing")
    cores = len(os.sched_getaffinity(0))
    parser.add_argument("--jobs", type=int, default=cores, help=f"trainings at the same time, by default {cores}")
    arguments = parser.parse_args()
    try:
        book = PRESET if arguments.experiments == EXPERIMENTS else Book.of(arguments.experiments)
        run(arguments.only, jobs=arguments.jobs, dry_run=arguments.dry_run, book=book)
    except (ValueError, FileNotFoundError) as error:
        parser.exit(1, f"{error}\n")
