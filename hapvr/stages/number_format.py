"""Stage `precision`: what bfloat16 and float16 region products do to scores, and through them to mAP and µAP."""

import numpy as np
import pandas as pd
import torch

from hapvr.datasets.dataset import Dataset, read_dataset
from hapvr.device import fastest_device
from hapvr.evaluation import evaluate
from hapvr.methods.model import load_model
from hapvr.project import Project
from hapvr.reports.number_format_grid import EXPLANATION, NAME, precision_grid
from hapvr.scoring.number_format import DTYPES
from hapvr.similarity import score
from hapvr.stages.score import Selected
from hapvr.storage.features import FeatureStore
from hapvr.storage.files import write_text
from hapvr.storage.scores import Scores


def precision(project: Project) -> None:
    """Writes `reports/tables/precision.csv`, `.md` and `.tex`: a row per run, number format and task."""
    section = project.params.precision
    dataset = read_dataset(project.dataset_file(section.benchmark))
    tables = []
    for run in section.runs:
        scores = {dtype: _scored(project, run, dataset, dtype) for dtype in ("float32", *section.dtypes)}
        exact = scores.pop("float32")
        tables += [
            rounded(dataset, exact, other).assign(run=run, label=project.params.runs[run].label, dtype=dtype)
            for dtype, other in scores.items()
        ]
    table = pd.concat(tables, ignore_index=True).assign(benchmark=section.benchmark)
    leading = ["run", "label", "dtype", "benchmark"]
    table = table[[*leading, *(column for column in table if column not in leading)]]
    grid, folder = precision_grid(table), project.reports / "tables"
    write_text(folder / f"{NAME}.csv", table.round(10).to_csv(index=False))
    write_text(folder / f"{NAME}.md", f"{grid.markdown()}\n\n{EXPLANATION}\n")
    write_text(folder / f"{NAME}.tex", f"% {EXPLANATION}\n% Needs the package booktabs.\n{grid.latex()}")


def rounded(dataset: Dataset, exact: Scores, other: Scores) -> pd.DataFrame:
    """A row per task: its value with `exact` scores in % and the change in points of %, beside the score errors."""
    errors = np.abs(other.similarity.astype(np.float64) - exact.similarity)
    before, after = evaluate(dataset, exact), evaluate(dataset, other)
    rows = []
    for name, task in dataset.tasks.items():
        value, changed = 100 * before[name][task.metric], 100 * after[name][task.metric]
        rows.append({"task": name, "metric": task.metric, "float32": value, "change": changed - value})
    return pd.DataFrame(rows).assign(largest_error=errors.max(), mean_error=errors.mean())


def _scored(project: Project, run: str, dataset: Dataset, dtype: str) -> Scores:
    params = project.params
    torch.set_num_threads(params.score.threads)
    store = FeatureStore(project.features_file(dataset.name, shard) for shard in params.shards)
    queries = [video_id for video_id in dataset.queries if video_id in store]
    database = [video_id for video_id in dataset.database if video_id in store]
    similarity = score(
        load_model(project.model_folder(run, project.members(run)[0]), params.whiten.dims),
        Selected(store, queries),
        Selected(store, database),
        device=fastest_device(),
        memory_gb=params.score.memory_gb,
        dtype=DTYPES[dtype],
    )
    return Scores(queries, database, similarity)
