"""What the two engines themselves cost: a synthetic pipeline of stages that do nothing, in the shape of the real one.

    python benchmarks/workflow.py [--stages N] [--csv PATH] [--with-dvc]

Planning from nothing, a run by Snakemake from nothing, recording it once more, nothing to do, and planning after one
run's code has changed. `--with-dvc`: a run by DVC from nothing too, which takes minutes. Wall seconds, and CPU seconds
of all processes: those say more on a machine that does other things as well.
"""

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from dvc.repo import Repo
from measured import alone, write_table

from hapvr.pipeline.dvc import read_parameters_once
from hapvr.pipeline.record import origins, record
from hapvr.pipeline.steps import read_steps

Row = dict[str, str | int | float]
REPOSITORY = Path(__file__).parents[1]
BENCHMARKS, SHARDS, SEEDS = 4, 8, 3
# Stages per run: trainings, and on each benchmark a scoring and an evaluation.
PER_RUN = SEEDS + 2 * BENCHMARKS
PIPELINE = """
vars: [lists.json]
stages:
  fetch:
    foreach: ${many.benchmarks}
    do:
      cmd: sh write.sh data/${item}/dataset.json
      params: [fetch]
      outs: ["data/${item}/dataset.json"]
  frames:
    matrix: {benchmark: "${many.benchmarks}", shard: "${many.shards}"}
    cmd: sh write.sh data/${item.benchmark}/frames/${item.shard}.h5
    deps: ["data/${item.benchmark}/dataset.json"]
    params: [frames]
    outs: ["data/${item.benchmark}/frames/${item.shard}.h5"]
  features:
    matrix: {benchmark: "${many.benchmarks}", shard: "${many.shards}"}
    cmd: sh write.sh data/${item.benchmark}/features/${item.shard}.h5
    deps: ["data/${item.benchmark}/frames/${item.shard}.h5"]
    params: [features]
    outs: ["data/${item.benchmark}/features/${item.shard}.h5"]
  train:
    matrix: {run: "${many.runs}", seed: "${many.seeds}"}
    cmd: sh write.sh models/${item.run}/${item.seed}/weights
    deps: [data/b0/dataset.json, data/b0/features]
    params: [train, "lists.json": ["code.${item.run}"]]
    outs: ["models/${item.run}/${item.seed}"]
  score:
    matrix: {run: "${many.runs}", benchmark: "${many.benchmarks}"}
    cmd: sh write.sh scores/${item.run}/${item.benchmark}.h5
    deps: ["data/${item.benchmark}/dataset.json", "data/${item.benchmark}/features", "models/${item.run}"]
    params: [score, "lists.json": ["code.${item.run}"]]
    outs: ["scores/${item.run}/${item.benchmark}.h5"]
  evaluate:
    matrix: {run: "${many.runs}", benchmark: "${many.benchmarks}"}
    cmd: sh write.sh reports/metrics/${item.benchmark}/${item.run}.json
    deps: ["data/${item.benchmark}/dataset.json", "scores/${item.run}/${item.benchmark}.h5"]
    params: [evaluate]
    outs: ["reports/metrics/${item.benchmark}/${item.run}.json": {cache: false}]
  tables:
    matrix: {table: "${many.tables}"}
    cmd: sh write.sh reports/tables/${item.table}.csv
    deps: [reports/metrics, scores]
    params: [tables]
    outs: ["reports/tables/${item.table}.csv": {cache: false}]
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stages", type=int, default=700)
    parser.add_argument("--csv", type=Path, default=Path("reports/benchmarks/workflow.csv"))
    parser.add_argument("--with-dvc", action="store_true")
    arguments = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        stages = make_project(Path(folder), arguments.stages)
        for row in measure(Path(folder), with_dvc=arguments.with_dvc):
            rows.append({"stages": stages, **row})
            print(rows[-1], flush=True)
    write_table(arguments.csv, rows)


def make_project(folder: Path, stages: int) -> int:
    """Writes the pipeline, nothing run; how many stages it has: `stages`, or some tables more than that."""
    benchmarks = [f"b{number}" for number in range(BENCHMARKS)]
    fixed = BENCHMARKS * (1 + 2 * SHARDS)
    runs = [f"run{number}" for number in range(max((stages - fixed) // PER_RUN, 1))]
    tables = [f"t{number}" for number in range(max(stages - fixed - len(runs) * PER_RUN, 1))]
    shutil.copy(REPOSITORY / "presets" / "mini.yaml", folder / "params.yaml")
    shutil.copytree(REPOSITORY / "workflow", folder / "workflow")
    shutil.copy(REPOSITORY / "environment.yml", folder)
    shutil.copy(REPOSITORY / ".dvcignore", folder)
    # Of the real pipeline, so that bringing it up to date is part of what is measured.
    shutil.copy(REPOSITORY / "plan.json", folder)
    (folder / "dvc.yaml").write_text(PIPELINE)
    (folder / "write.sh").write_text('mkdir -p "$(dirname "$1")"\necho "$1" > "$1"\n')
    lists = {"benchmarks": benchmarks, "shards": list(range(SHARDS)), "seeds": list(range(SEEDS)), "runs": runs}
    code = {"code": dict.fromkeys(runs, "0")}
    (folder / "lists.json").write_text(json.dumps({"many": {**lists, "tables": tables}, **code}))
    run(folder, "git", "init", "--quiet")
    run(folder, "dvc", "init", "--quiet")
    return fixed + len(runs) * PER_RUN + len(tables)


def measure(folder: Path, *, with_dvc: bool) -> Iterator[Row]:
    """A row per thing that an engine is asked for."""
    if with_dvc:
        yield {"what": "run, nothing made", "engine": "dvc", **timed(folder, "dvc", "repro")}
        for made in ("data", "models", "scores", "reports", "dvc.lock", ".dvc/cache"):
            run(folder, "rm", "-rf", made)
    yield {"what": "plan, nothing made", "engine": "snakemake", **timed(folder, "snakemake", "-n")}
    yield {"what": "plan, nothing made", "engine": "dvc", **timed(folder, "dvc", "repro", "--dry")}
    yield {"what": "run, nothing made", "engine": "snakemake", **timed(folder, "snakemake", "--cores", "2")}
    yield {"what": "recording", "engine": "snakemake", **alone(recording, folder)}
    yield {"what": "nothing to do", "engine": "snakemake", **timed(folder, "snakemake", "--cores", "2")}
    yield {"what": "nothing to do", "engine": "dvc", **timed(folder, "dvc", "repro")}
    lists = json.loads((folder / "lists.json").read_text())
    lists["code"]["run0"] = "1"
    (folder / "lists.json").write_text(json.dumps(lists))
    dry = ["repro", "--dry", "--force-downstream"]
    yield {"what": "plan, one run changed", "engine": "snakemake", **timed(folder, "snakemake", "-n")}
    yield {"what": "plan, one run changed", "engine": "dvc", **timed(folder, "dvc", *dry)}


def recording(folder: Path) -> Row:
    """Puts every result into an empty cache and a new dvc.lock, as at the end of a run of Snakemake."""
    os.chdir(folder)
    run(folder, "rm", "-rf", "dvc.lock", ".dvc/cache")
    read_parameters_once()
    with Repo() as repo:
        steps = read_steps(repo)
        planned = origins(repo, steps)
    cpu, since = time.process_time(), time.monotonic()
    record(folder, [step.stage for step in steps], steps=steps, planned=planned)
    return {"wall_s": round(time.monotonic() - since, 1), "cpu_s": round(time.process_time() - cpu, 1)}


def timed(folder: Path, *command: str) -> Row:
    """What a command took, with all that it started."""
    before, since = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    run(folder, *command)
    after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - since
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"wall_s": round(wall, 1), "cpu_s": round(cpu, 1)}


def run(folder: Path, *command: str) -> str:
    """A command of this environment, as a user gives it; its output. Raises RuntimeError if it fails."""
    if command[0] in ("dvc", "snakemake"):
        module = {"dvc": "hapvr.pipeline.dvc", "snakemake": "snakemake"}[command[0]]
        command = (sys.executable, "-m", module, *command[1:])
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "DVC_NO_ANALYTICS": "1"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: exit status {done.returncode}\n{(done.stdout + done.stderr)[-4000:]}")
    return done.stdout + done.stderr


if __name__ == "__main__":
    main()
