"""Batches from the view bank against batches from frames: do models trained on either score alike, and at what cost?

    python benchmarks/sources.py --seeds 0 1 2 3   # reports/benchmarks/sources.{csv,md}

Run it in a project whose features and view bank are made (`dvc repro`). The run `hapvr` is trained with both sources
and each seed, then scored and evaluated on every benchmark, all in a folder of its own (--folder). What is finished
there is not done again, a training goes on at its last checkpoint, and more seeds can be added later. Remove the
folder after a change of the code.
"""

import argparse
import json
import multiprocessing
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from hapvr.heap import keep_freed_memory
from hapvr.project import Project
from hapvr.stages.evaluate import evaluate
from hapvr.stages.score import score
from hapvr.stages.train import train
from hapvr.storage.files import write_json, write_text

RUN = "hapvr"
SOURCES = ("views", "frames")
RESULT = Path("reports/benchmarks/sources")


def prepared(project: Project, folder: Path, source: str, *, seeds: Sequence[int], steps: int) -> Project:
    """A project with another source, whose data are those of `project`. Trainings with other parameters are removed."""
    content = yaml.safe_load((project.root / "params.yaml").read_text(encoding="utf-8"))
    content["views"]["shards"] = content["shards"]
    content["train"] |= {"source": source, "steps": steps}
    for key in ("warmup_steps", "validation_every"):
        content["train"][key] = min(content["train"][key], steps)
    # Not the seeds: with more of them, those trained before are kept.
    made_with = folder / source / "made_with.json"
    described = {key: value for key, value in content.items() if key not in ("tables", "figures", "evaluate", "score")}
    described["train"] = {key: value for key, value in content["train"].items() if key != "seeds"}
    if made_with.exists() and json.loads(made_with.read_text(encoding="utf-8")) != described:
        shutil.rmtree(folder / source)
    write_json(made_with, described)
    content["train"]["seeds"] = list(seeds)
    # In the order given: losses are added in it, and another order gives other last bits.
    write_text(folder / source / "params.yaml", yaml.safe_dump(content, sort_keys=False))
    for name in project.params.datasets:
        _link(folder / source / "data" / name, project.dataset_folder(name))
    whitening = project.whitening_file(project.params.backbone)
    _link(folder / source / "models" / "whitening", whitening.parent)
    return Project(folder / source)


def _link(path: Path, target: Path) -> None:
    if not target.exists():
        raise FileNotFoundError(f"{target}: no such folder; run `dvc repro` first")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.symlink_to(target.resolve(), target_is_directory=True)


def trained(root: Path, seed: int) -> None:
    """Trains one seed and notes the time, unless it has been; the time of an interrupted training is not known."""
    project = Project(root)
    if (project.model_folder(RUN, str(seed)) / "config.json").exists():
        return
    resumed = (root / "data" / ".partial" / "train" / RUN / str(seed)).exists()
    start = time.perf_counter()
    train(project, RUN, seed)
    seconds = None if resumed else (time.perf_counter() - start) / project.params.train_of(RUN).steps
    write_json(root / "seconds" / f"{seed}.json", {"step_s": seconds})


def metrics(project: Project) -> pd.DataFrame:
    """A row per benchmark, task and seed, over all queries, of values with missing videos left out."""
    parts = []
    for benchmark in project.params.benchmarks:
        score(project, RUN, benchmark)
        evaluate(project, RUN, benchmark)
        file = project.reports / "metrics" / benchmark / f"{RUN}.csv"
        # Only a value can be missing: a group may well be called NA.
        text = {"member": str, "group": str}
        table = pd.read_csv(file, dtype=text, keep_default_na=False, na_values={"value": [""]})
        of_all = (table.convention == "available") & (table.group == "")
        parts.append(table[of_all].assign(benchmark=benchmark))
    rows = pd.concat(parts)[["benchmark", "task", "metric", "member", "value"]]
    return rows.rename(columns={"member": "seed"})


def training_rows(project: Project) -> pd.DataFrame:
    """Rows like those of `metrics`: seconds per step, the validation of its set-up included."""
    rows = []
    for seed in project.params.train.seeds:
        note = project.root / "seconds" / f"{seed}.json"
        step_s = json.loads(note.read_text(encoding="utf-8"))["step_s"] if note.exists() else None
        rows.append({"benchmark": "training", "task": "step", "metric": "seconds", "seed": seed, "value": step_s})
    return pd.DataFrame(rows)


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Per metric the mean and standard deviation (n − 1) over seeds of both sources, their difference and its noise.

    rows: source, benchmark, task, metric, seed, value. noise: standard error of the difference of the two means.
    """
    keys = ["benchmark", "task", "metric"]
    wide = rows.groupby([*keys, "source"], sort=False)["value"].agg(["mean", "std", "count"]).unstack("source")
    table = pd.DataFrame(
        {f"{source}_{name}": wide[name][source] for source in SOURCES for name in ("mean", "std", "count")}
    )
    table["difference"] = table["frames_mean"] - table["views_mean"]
    variances = [table[f"{source}_std"] ** 2 / table[f"{source}_count"] for source in SOURCES]
    table["noise"] = (variances[0] + variances[1]) ** 0.5
    return table.reset_index()


def markdown(table: pd.DataFrame, *, steps: int, jobs: int) -> str:
    """The table for people: percent, and seconds for the cost."""
    cost = table[table.benchmark == "training"]
    lines = [
        f"Run `{RUN}`, {steps} steps, trained on the view bank and on frames: mean ± standard deviation over seeds, %.",
        "Noise: standard error of the difference; a difference within twice its noise says nothing.",
        "",
        "| benchmark | metric | views | frames | frames − views | noise | within 2 × noise |",
        "|---|---|---|---|---|---|---|",
        *(_line(row) for row in table[table.benchmark != "training"].itertuples()),
        "",
        *(_cost(row, jobs) for row in cost.itertuples()),
    ]
    return "\n".join(lines) + "\n"


def _line(row: Any) -> str:
    views, frames = (f"{100 * getattr(row, f'{s}_mean'):.1f} ± {100 * getattr(row, f'{s}_std'):.1f}" for s in SOURCES)
    within = "yes" if abs(row.difference) <= 2 * row.noise else "no"
    difference = f"{100 * row.difference:+.1f} | {100 * row.noise:.1f} | {within}"
    return f"| {row.benchmark} | {row.task} {row.metric} | {views} | {frames} | {difference} |"


def _cost(row: Any, jobs: int) -> str:
    ratio = row.frames_mean / row.views_mean
    return (
        f"Seconds per step, set-up and validations included, {jobs} training(s) at once: views {row.views_mean:.3g}, "
        f"frames {row.frames_mean:.3g} ({ratio:.1f} ×), over {row.views_count} and {row.frames_count} seeds."
    )


def run(folder: Path, *, seeds: Sequence[int], steps: int | None, jobs: int) -> None:
    project = Project.find()
    steps = steps or project.params.train.steps
    projects = {source: prepared(project, folder, source, seeds=seeds, steps=steps) for source in SOURCES}
    # The long ones first, so that no process ends long before another.
    tasks = [(projects[source].root, seed) for source in reversed(SOURCES) for seed in seeds]
    with multiprocessing.get_context("spawn").Pool(jobs, keep_freed_memory, maxtasksperchild=1) as pool:
        pool.starmap(trained, tasks, chunksize=1)
    rows = pd.concat(
        pd.concat([metrics(changed), training_rows(changed)]).assign(source=source)
        for source, changed in projects.items()
    )
    table = summary(rows)
    text = markdown(table, steps=steps, jobs=jobs)
    write_text(RESULT.with_suffix(".csv"), table.to_csv(index=False, float_format="%.6g", lineterminator="\n"))
    write_text(RESULT.with_suffix(".md"), text)
    print(text)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3])
    parser.add_argument("--steps", type=int, help="of a training; by default those of params.yaml")
    parser.add_argument("--jobs", type=int, default=2, help="trainings at the same time, train.threads each")
    parser.add_argument("--folder", type=Path, default=Path("data/.partial/sources"), help="where the work is done")
    arguments = parser.parse_args()
    if len(set(arguments.seeds)) < 2:
        parser.error("--seeds: one seed says nothing about noise; give at least two")
    run(arguments.folder, seeds=arguments.seeds, steps=arguments.steps, jobs=arguments.jobs)
