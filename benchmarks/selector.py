"""DnS's selector on the development benchmark: what re-ranking by its choice gives, for each threshold of its labels.

    python benchmarks/selector.py             # thresholds 0.05, 0.1, 0.15 and 0.2, every seed of params.yaml
    python benchmarks/selector.py --dry-run   # what would be made and trained

Trains teacher, students and selectors as the pipeline does, in memory, and scores mini_dev: mean over its tasks, %,
with a share of each query's pairs re-ranked. Beside the selector: pairs at random, the most similar ones by the coarse
student, and those whose two similarities really differ most, which no selector knows. Writes
reports/choices/selector.csv and prints the table that docs/methods.md shows.
"""

import argparse
import contextlib
import io
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from choices import evaluate_scores, model_of, read_benchmark, score_model, train_model
from development import NAME, DevelopmentProject, make_data, steps_to_make
from experiments import Trial
from tqdm import tqdm

from hapvr.heap import keep_freed_memory
from hapvr.project import Project
from hapvr.scoring.reranking import rerank
from hapvr.stages.rerank import select
from hapvr.storage.features import FeatureStore
from hapvr.storage.files import write_text
from hapvr.storage.scores import Scores

RESULTS = Path("reports/choices/selector.csv")
THRESHOLDS = (0.05, 0.1, 0.15, 0.2)
SHARES = (0.02, 0.05, 0.1, 0.2, 0.4, 0.7)


def trial_of(project: DevelopmentProject, run: str, seed: int) -> Trial:
    """A run of params.yaml, with its teachers."""
    params = project.params
    teachers = {name: trial_of(project, of, seed) for name, of in params.teachers_of(run).items()}
    return Trial(run, params.method_of(run), params.losses_of(run), params.train_of(run), seed, teachers=teachers)


def rows_of_seed(project: DevelopmentProject, run: str, seed: int) -> Iterator[dict[str, Any]]:
    """A row for each way to choose pairs: seed, chosen, and the result for each share."""
    parts = project.params.reranking_of(run)
    students = (model_of(project.root, trial_of(project, run, seed)) for run in (parts.coarse, parts.fine))
    coarse, fine = (score_model(project.root, student) for student in students)
    fine = fine / 2 + 0.5
    ends = _mean_of_tasks(project, coarse), _mean_of_tasks(project, fine)
    result = partial(_with_shares, project, coarse, fine, ends)
    yield {"seed": seed, "chosen": "at random", **result(np.random.default_rng(seed).random(coarse.shape))}
    yield {"seed": seed, "chosen": "most similar first", **result(coarse)}
    yield {"seed": seed, "chosen": "largest difference first", **result(np.abs(coarse - fine))}
    _, queries, database = read_benchmark(project.root)
    store = FeatureStore(project.features_files(NAME))
    trial = trial_of(project, parts.selector, seed)
    for threshold in THRESHOLDS:
        selector = train_model(project.root, replace(trial, method=trial.method | {"threshold": threshold}))[0].eval()
        with contextlib.redirect_stderr(io.StringIO()):
            confidence = select(selector, store, Scores(queries.names, database.names, coarse), NAME)
        worth = 100 * float((np.abs(coarse - fine) > threshold).mean())
        yield {"seed": seed, "chosen": f"selector, threshold {threshold:g}", "worth": worth, **result(confidence)}


def _with_shares(
    project: DevelopmentProject, coarse: np.ndarray, fine: np.ndarray, ends: tuple[float, float], confidence: np.ndarray
) -> dict[str, float]:
    """Share → result. ends: those of the coarse student alone and of the fine one."""
    shares = {
        f"{share:.0%}": _mean_of_tasks(project, rerank(coarse, fine, confidence, share=share)) for share in SHARES
    }
    return {"0%": ends[0], **shares, "100%": ends[1]}


def _mean_of_tasks(project: DevelopmentProject, similarity: np.ndarray) -> float:
    return float(np.mean(list(evaluate_scores(project.root, similarity).values())))


def main(*, dry_run: bool) -> None:
    """Trains, scores, writes and prints."""
    project = DevelopmentProject(Project.find().root)
    params = project.params
    if not params.reranked:
        raise ValueError("params.yaml: expected a run with `rerank`, found none")
    run = params.reranked[0]
    missing = steps_to_make(project)
    if dry_run:
        for name in missing:
            print(f"would be made first: {name}")
        print(
            f"{run}: {len(THRESHOLDS)} selectors, two students and their teacher for each seed of {params.train.seeds}"
        )
        return
    if missing:
        make_data(project)
    seeds = tqdm(params.train.seeds, "selector", unit="seed")
    table = pd.DataFrame([row for seed in seeds for row in rows_of_seed(project, run, seed)])
    write_text(project.root / RESULTS, table.to_csv(index=False, float_format="%.4f", lineterminator="\n"))
    means = table.drop(columns="seed").groupby("chosen", sort=False).mean()
    print(means.to_markdown(floatfmt=".1f"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dry-run", action="store_true", help="list what would be done, and do nothing")
    keep_freed_memory()
    try:
        main(dry_run=parser.parse_args().dry_run)
    except (ValueError, FileNotFoundError) as error:
        parser.exit(1, f"{error}\n")
