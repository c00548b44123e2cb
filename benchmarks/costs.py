"""What each method costs: index size, seconds per indexed hour of video, seconds per million pairs of videos.

    python benchmarks/costs.py               # the runs of the method table, on mini_fivr
    python benchmarks/costs.py --threads 2

Needs the results of the pipeline. Of each run the first member is measured, in a process of its own, on features in
memory: the database is indexed, then every query is scored against it by the engine of the pipeline, of whose time that
of indexing is taken off. An index is written as it would be kept, floats as float16 and bits packed, and its size on
disk is what counts. Times are the least of --repeats. A re-ranked run has the index of its two runs, and of the time of
the finer one its share. Writes reports/tables/costs.{csv,md,tex} and reports/figures/accuracy_cost.{svg,png,csv}, which
the page shows when it is made next.

    python benchmarks/costs.py --redraw      # writes them anew from reports/tables/costs.csv, with the metrics of now
"""

import argparse
import contextlib
import io
import platform
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from measured import alone, write_table

from hapvr.datasets.dataset import read_dataset
from hapvr.drawing import drawing
from hapvr.heap import keep_freed_memory
from hapvr.methods.model import load_model
from hapvr.project import Project
from hapvr.reports import page
from hapvr.reports.captions import COSTS
from hapvr.reports.figures.accuracy_cost import NAME, draw_accuracy_cost
from hapvr.reports.figures.drawn import save_drawn
from hapvr.reports.figures.style import LOOK
from hapvr.results import Results
from hapvr.scoring.reading import readable
from hapvr.scoring.scoring import score
from hapvr.storage.features import FeatureStore
from hapvr.storage.files import write_text

TABLE = "reports/tables/costs"
HEADS = {"label": "method", **COSTS}


def measure(run: str, benchmark: str, threads: int, repeats: int) -> dict[str, float]:
    """The costs of the first member of a run."""
    keep_freed_memory()
    torch.set_num_threads(threads)
    project = Project.find()
    dataset = read_dataset(project.dataset_file(benchmark))
    store = FeatureStore(project.features_files(benchmark))
    queries, database = (list(readable(store, ids, benchmark)) for ids in (dataset.queries, dataset.database))
    hours = sum(len(video) for video in database) / project.params.frames.fps / 3600
    model: Any = load_model(next(iter(project.model_folders(run).values())), queries[0].shape[-1])
    with torch.inference_mode(), contextlib.redirect_stderr(io.StringIO()):
        indexing = least(lambda: [model.index(torch.from_numpy(video)) for video in database], repeats)
        scoring = least(lambda: score(model, queries, database, device="cpu", memory_gb=4), repeats)
        size = size_on_disk([model.index(torch.from_numpy(video)) for video in database])
    pairs = len(queries) * len(database)
    return {
        "index_kb_per_minute": size / 1000 / (hours * 60),
        "seconds_per_hour": indexing / hours,
        "seconds_per_million_pairs": max(scoring - indexing, 0) / pairs * 1e6,
    }


def least(work: Callable[[], Any], repeats: int) -> float:
    """Seconds of the quickest of some runs, after one that does not count."""
    seconds = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds[1:])


def size_on_disk(indexed: list[torch.Tensor]) -> int:
    """Bytes of index files, floats as float16; less the header that each file has."""
    with tempfile.TemporaryDirectory() as folder:
        for number, tensor in enumerate(indexed):
            array = tensor.numpy()
            array.astype(np.float16 if array.dtype.kind == "f" else array.dtype).tofile(Path(folder) / str(number))
        return sum(path.stat().st_size for path in Path(folder).iterdir())


def reranked(costs: dict[str, dict[str, float]], coarse: str, fine: str, share: float) -> dict[str, float]:
    """The costs of a re-ranked run: both indices, and the finer comparison of its share of the pairs."""
    shares = {"index_kb_per_minute": 1.0, "seconds_per_hour": 1.0, "seconds_per_million_pairs": share}
    return {name: costs[coarse][name] + part * costs[fine][name] for name, part in shares.items()}


def run(*, table: str, benchmark: str, task: str, threads: int, repeats: int) -> None:
    """Measures the runs of a table, and writes table and figure."""
    project = Project.find()
    params, results = project.params, Results(project)
    shown = [name for name in params.tables[table].runs if name not in params.normalised]
    needed = [name for name in shown if name not in params.reranked]
    parts = {name: params.runs[name].rerank for name in shown if name in params.reranked}
    needed += [one for part in parts.values() for one in (part.coarse, part.fine) if one not in needed]
    costs = {}
    for name in needed:
        costs[name] = alone(measure, name, benchmark, threads, repeats)
        print(name, {key: round(value, 2) for key, value in costs[name].items()}, flush=True)
    costs |= {name: reranked(costs, part.coarse, part.fine, part.share) for name, part in parts.items()}
    processor = platform.processor() or platform.machine()
    machine = f"{benchmark}, {threads} thread(s) of {processor}, torch {torch.__version__}"
    rows = [{"run": name, "label": results.labels[name], **costs[name], "measured_on": machine} for name in shown]
    write_table(project.root / f"{TABLE}.csv", rows)
    redraw(project, benchmark=benchmark, task=task)


def redraw(project: Project, *, benchmark: str, task: str) -> None:
    """Writes the table to read and the figure from the CSV that there is."""
    costs = pd.read_csv(project.root / f"{TABLE}.csv")
    text = costs[list(HEADS)].rename(columns=HEADS).to_markdown(index=False, floatfmt=".3g")
    said = f"Measured by `python benchmarks/costs.py`: {costs['measured_on'].iloc[0]}."
    write_text(project.root / f"{TABLE}.md", f"{text}\n\n{said}\n")
    comments = f"% {said}\n% Needs the package booktabs.\n"
    write_text(project.root / f"{TABLE}.tex", comments + page.costs_grid(costs).latex())
    with drawing(LOOK):
        drawn = draw_accuracy_cost(Results(project), costs, benchmark=benchmark, task=task)
        save_drawn(drawn, project.reports / "figures" / NAME)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--table", default="methods", help="by default the method table")
    parser.add_argument("--benchmark", default="mini_fivr")
    parser.add_argument("--task", default="DSVR", help="whose metric the figure shows, by default DSVR")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--redraw", action="store_true", help="measure nothing: from the CSV that there is")
    arguments = vars(parser.parse_args())
    if arguments.pop("redraw"):
        redraw(Project.find(), benchmark=arguments["benchmark"], task=arguments["task"])
    else:
        run(**arguments)
