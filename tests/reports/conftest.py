"""A project whose earlier stages have all run, with made-up results: seeded, small, shaped like real ones."""

import shutil
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from hapvr.datasets.dataset import Dataset, Task, write_dataset
from hapvr.methods.model import build as build_method
from hapvr.methods.model import save_model
from hapvr.project import Project
from hapvr.reports.figures import FIGURES
from hapvr.reports.figures.style import new_figure, save_as_svg_and_png
from hapvr.reports.settings import code_stages
from hapvr.results import Results
from hapvr.stages.tables import tables
from hapvr.storage.features import write_features
from hapvr.storage.files import write_json, write_text
from hapvr.storage.frames import SampledFrames, write_frames
from hapvr.storage.scores import Scores, write_scores
from hapvr.storage.shards import shard_of
from hapvr.training.log import LiveLog

REPOSITORY = Path(__file__).parents[2]
TASKS = {
    "mini_evve": {"EVVR": ("mAP", ["event"]), "EVVD": ("uAP", ["event"])},
    "mini_svd": {"SVR": ("mAP", ["ND"]), "SVD": ("uAP", ["ND"])},
    "mini_fivr": {
        "DSVR": ("mAP", ["ND", "DS"]),
        "CSVR": ("mAP", ["ND", "DS", "CS"]),
        "ISVR": ("mAP", ["ND", "DS", "CS", "IS"]),
        "DSVD": ("uAP", ["ND", "DS"]),
        "CSVD": ("uAP", ["ND", "DS", "CS"]),
        "ISVD": ("uAP", ["ND", "DS", "CS", "IS"]),
    },
}
QUALITY = {
    "mean_pool": 0.5,
    "visil_f": 0.62,
    "untrained": 0.45,
    "s2vs": 0.7,
    "ablation_topk": 0.71,
    "ablation_video_ap": 0.74,
    "hapvr": 0.76,
}
LEVEL = {"ND": 0.8, "event": 0.4, "DS": 0.7, "CS": 0.5, "IS": 0.3}
QUERIES, DISTRACTORS, FRAMES = 8, 12, 4
TRAINING = range(30, 36)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("built")
    build(root)
    return root


@pytest.fixture
def project(built: Path, tmp_path: Path) -> Project:
    """A copy of the made-up project, free to be changed."""
    shutil.copytree(built, tmp_path, dirs_exist_ok=True)
    return Project(tmp_path)


@pytest.fixture(scope="session")
def built_ready(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The made-up project with its tables, and a stand-in for each figure."""
    root = tmp_path_factory.mktemp("ready")
    shutil.copytree(built, root, dirs_exist_ok=True)
    make_ready(Project(root))
    return root


@pytest.fixture
def ready(built_ready: Path, tmp_path: Path) -> Project:
    """A copy of it, free to be changed."""
    shutil.copytree(built_ready, tmp_path, dirs_exist_ok=True)
    return Project(tmp_path)


@pytest.fixture
def results(project: Project) -> Results:
    return Results(project)


@pytest.fixture
def set_metrics(project: Project) -> Callable[..., None]:
    """Replaces the metrics of one run on one benchmark: `(benchmark, run, task → {member: value}, missing=0)`."""

    def replace(benchmark: str, run: str, values: dict[str, dict[str, float]], missing: int = 0) -> None:
        metrics = {task: metric for task, (metric, _) in TASKS[benchmark].items()}
        rows = [
            row
            for task, of_member in values.items()
            for row in metrics_rows(task=task, metric=metrics[task], values=of_member, missing=missing)
        ]
        write_metrics(project, benchmark, run, rows)

    return replace


def build(root: Path) -> Project:
    """Writes every input of tables, figures and page below `root`, for the embedded preset."""
    preset = (REPOSITORY / "presets" / "mini.yaml").read_text()
    # Fewer resamples, for speed.
    (root / "params.yaml").write_text(preset.replace("resamples: 2000", "resamples: 4000"))
    (root / "dvc.yaml").touch()
    project = Project(root)
    _write_plan(project)
    random = np.random.default_rng(0)
    for benchmark in project.params.datasets:
        dataset = made_up_dataset(benchmark)
        write_dataset(project.dataset_file(benchmark), dataset)
        if dataset.queries:
            write_availability(project, dataset)
        if dataset.queries or dataset.training:
            _write_frames(project, dataset, random)
        for run in project.params.runs if dataset.queries else []:
            _write_results(project, dataset, run, random)
    _write_pair(project, random)
    for run in project.params.trained:
        for member in project.members(run):
            _write_log(project, run, member, random)
    return project


def _write_plan(project: Project) -> None:
    """Made-up digests of the code that every run's numbers come from."""
    code: dict[str, Any] = {}
    for run in project.params.evaluated:
        for stage, item in code_stages(project.params, run):
            code[stage] = {**code.get(stage, {}), item: f"digest of {stage} {item}"} if item else f"digest of {stage}"
    write_json(project.root / "plan.json", {"code": code})


def make_ready(project: Project) -> Project:
    """Makes what the page shows."""
    for table in project.params.tables:
        tables(project, table)
    write_differences(project)
    write_number_format(project)
    figure = new_figure(1)
    figure.subplots()
    for name in FIGURES:
        save_as_svg_and_png(figure, project.reports / "figures" / name)
    return project


def made_up_dataset(name: str) -> Dataset:
    """Queries q0, q1, … with two videos per label each, and distractors; without tasks a training set."""
    tasks = {
        task: Task(metric=metric, labels=labels, interpolation="step", without_easy=False)
        for task, (metric, labels) in TASKS.get(name, {}).items()
    }
    queries = [f"q{query}" for query in range(QUERIES if tasks else 0)]
    labels = list(dict.fromkeys(label for task in tasks.values() for label in task.labels))
    relevance = {query: {label: [f"{query}_{label}_{n}" for n in range(2)] for label in labels} for query in queries}
    related = [video for of_query in relevance.values() for videos in of_query.values() for video in videos]
    distractors = [f"d{distractor}" for distractor in range(DISTRACTORS)]
    training = [] if tasks else [f"training{video}" for video in TRAINING]
    videos = {video: f"videos/{video}.mp4" for video in [*queries, *related, *distractors, *training]}
    return Dataset(
        name=name,
        videos=videos,
        queries=queries,
        database=[*related, *distractors] if tasks else [],
        relevance=relevance,
        tasks=tasks,
        training=training,
    )


def metrics_rows(*, task: str, metric: str, values: dict[str, float], missing: int = 0) -> list[dict[str, object]]:
    """Rows of a metrics file: member → value, the strict value a little lower if videos are missing."""
    counts = {"queries": QUERIES, "missing_queries": 0, "relevant": 40, "missing_relevant": missing}
    return [
        {
            "member": member,
            "task": task,
            "group": None,
            "metric": metric,
            "convention": convention,
            "value": value * share,
        }
        | counts
        for member, value in values.items()
        for convention, share in [("available", 1.0), ("strict", 1 - missing / 40)]
    ]


def write_metrics(project: Project, benchmark: str, run: str, rows: list[dict[str, object]]) -> None:
    text = pd.DataFrame(rows).to_csv(index=False)
    write_text(project.reports / "metrics" / benchmark / f"{run}.csv", text)


def _write_frames(project: Project, dataset: Dataset, random: np.random.Generator) -> None:
    videos = {video: _sampled(video, random) for video in sorted(dataset.videos)}
    for shard in project.params.shards:
        ids = shard_of(videos, shard, len(project.params.shards))
        write_frames(project.frames_file(dataset.name, shard), (videos[video] for video in ids))


def _sampled(video: str, random: np.random.Generator) -> SampledFrames:
    """Frames of drifting colour gradients."""
    corners = random.integers(0, 255, (FRAMES, 4, 4, 3), dtype=np.uint8)
    images = [Image.fromarray(corner).resize((160, 160), Image.Resampling.BICUBIC) for corner in corners]
    files = [BytesIO() for _ in images]
    for image, file in zip(images, files, strict=True):
        image.save(file, "jpeg")
    return SampledFrames(video, [file.getvalue() for file in files], np.arange(FRAMES), np.arange(FRAMES), "none 0")


def _write_pair(project: Project, random: np.random.Generator) -> None:
    """Features of the benchmark whose pair the figure of the hierarchy shows, and an untrained network for its run."""
    shown, params = project.params.shown("hierarchy"), project.params
    dataset, dims = made_up_dataset(shown["benchmark"]), params.whiten.dims
    for shard in params.shards:
        ids = shard_of(sorted(dataset.videos), shard, len(params.shards))
        blocks = ((video, random.normal(0, dims**-0.5, (FRAMES, 9, dims)).astype(np.float32)) for video in ids)
        write_features(project.features_file(dataset.name, shard), blocks)
    method = params.method_of(shown["run"])
    torch.manual_seed(0)
    for member in project.members(shown["run"]):
        save_model(project.model_folder(shown["run"], member), build_method(method, dims), config={"method": method})


def _write_results(project: Project, dataset: Dataset, run: str, random: np.random.Generator) -> None:
    """Scores, metrics and curves of one run on one benchmark."""
    label_of = {
        (query, video): label
        for query in dataset.queries
        for label in dataset.relevance[query]
        for video in dataset.relevance[query][label]
    }
    levels = [
        [LEVEL.get(label_of.get((query, video), ""), 0) for video in dataset.database] for query in dataset.queries
    ]
    rows, curves, scores = [], [], {}
    for member in project.members(run):
        noise = random.normal(0, 0.45 - 0.4 * QUALITY.get(run, 0.6), np.shape(levels))
        scores[member] = Scores(dataset.queries, dataset.database, np.clip(np.array(levels) + noise, -1, 1))
    for place, (task, (metric, _)) in enumerate(TASKS[dataset.name].items()):
        base = QUALITY.get(run, 0.6) - 0.03 * place
        values = {member: base + random.normal(0, 0.008) for member in project.members(run)}
        rows += metrics_rows(task=task, metric=metric, values=values)
        for member, value in values.items():
            recall = np.linspace(0, 1, 50)
            precision = 1 - recall ** (1 / (1.001 - value)) * (1 - 0.1 * value)
            curves.append(pd.DataFrame({"task": task, "member": member, "recall": recall, "precision": precision}))
    write_scores(project.scores_file(run, dataset.name), scores, dtype="float32")
    if run in project.params.reranked:
        write_scores(project.confidence_file(run, dataset.name), scores, dtype="float32")
    write_metrics(project, dataset.name, run, rows)
    missing = {"queries": 0, "queries_of": QUERIES, "database": 0, "database_of": len(dataset.database), "salvaged": 0}
    bounds = {
        task: {f"{metric}_low": 0.25, f"{metric}_high": 0.75} for task, (metric, _) in TASKS[dataset.name].items()
    }
    write_json(project.reports / "metrics" / dataset.name / f"{run}.json", {**bounds, "missing": missing})
    write_text(project.reports / "curves" / dataset.name / f"{run}.csv", pd.concat(curves).to_csv(index=False))


def write_availability(project: Project, dataset: Dataset) -> None:
    """All videos were found."""
    found = {"queries": dataset.queries, "database": dataset.database}
    content = {kind: {"asked": len(ids), "found": len(ids), "missing": {}} for kind, ids in found.items()}
    pairs = {task: {"asked": 16, "lost": 0} for task in dataset.tasks}
    write_json(project.availability_file(dataset.name), content | {"relevant_pairs": pairs, "read_in_part": 0})


def write_differences(project: Project) -> None:
    """Made-up results of the stage `differences`, which takes seconds."""
    values = {"run_value": 62.0, "other_value": 60.0, "difference": 2.0, "low": 1.0, "high": 3.0, "p": 0.0001}
    for name, section in project.params.differences.tables.items():
        rows = [
            {"run": run, "other": other, "label": f"{run} − {other}", "benchmark": benchmark}
            | {"task": task, "metric": metric, **values, "p_holm": 0.01, "larger_than_noise": True}
            for benchmark in section.benchmarks
            for run, other in section.pairs
            for task, (metric, _) in TASKS[benchmark].items()
        ]
        file = project.reports / "tables" / f"differences_{name}.csv"
        write_text(file, pd.DataFrame(rows).to_csv(index=False))


def write_number_format(project: Project) -> None:
    """Made-up results of the stage `number_format`, which would need features and models."""
    section = project.params.number_format
    rows = [
        {"run": run, "label": project.params.runs[run].label, "dtype": dtype, "benchmark": section.benchmark}
        | {"task": task, "metric": metric, "float32": 60.0, "change": 0.25, "largest_error": 1e-3, "mean_error": 1e-4}
        for run in section.runs
        for dtype in section.formats
        for task, (metric, _) in TASKS[section.benchmark].items()
    ]
    write_text(project.reports / "tables" / "number_format.csv", pd.DataFrame(rows).to_csv(index=False))


def _write_log(project: Project, run: str, member: str, random: np.random.Generator) -> None:
    steps = np.arange(1, 151)
    decay = np.exp(-steps / 40)
    log = pd.DataFrame({"step": steps, "learning_rate": 1e-3 * decay})
    for loss in project.params.losses_of(run):
        log[loss] = 0.2 + decay + random.normal(0, 0.08, len(steps))
    log.insert(2, "total", log.drop(columns=["step", "learning_rate"]).sum(axis=1))
    log["gradient_norm"] = 1 + decay + random.gamma(2, 0.2, len(steps))
    log["validation_mAP"] = np.where(
        steps % 25 == 0, QUALITY.get(run, 0.6) - 0.4 * decay + random.normal(0, 0.01, 150), np.nan
    )
    write_log(project, run, member, log)


def write_log(project: Project, run: str, member: str, log: pd.DataFrame) -> None:
    """The rows of a log as a training writes them."""
    live = LiveLog(project.live_folder(run, member), project.times_folder(run, member))
    for row in log.to_dict(orient="records"):
        live.add(row, times={})
