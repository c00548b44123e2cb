"""Stage `evaluate`: metrics and precision-recall curves of one run on one benchmark."""

from typing import Any

from hapvr.datasets.dataset import Dataset
from hapvr.evaluation.tables import as_csv, count_missing, evaluate_run
from hapvr.project import Project, check_name
from hapvr.results import Results
from hapvr.storage.files import write_json, write_text
from hapvr.video.failures import read_failures


def evaluate(project: Project, run: str, benchmark: str) -> None:
    """Writes `reports/metrics/{benchmark}/{run}.json` and `.csv`, and `reports/curves/{benchmark}/{run}.csv`.

    See `evaluate_run`; the JSON also says how many videos were missing or read in part, and which list
    `evaluate.restrict_to` names, if it does: all is then of the videos on it.
    """
    params, results = project.params, Results(project)
    check_name("run", run, params.evaluated, where="the runs with scores")
    check_name("benchmark", benchmark, params.benchmarks_of(run), where=f"the benchmarks of {run}")
    dataset, members = results.dataset(benchmark), results.scores(run, benchmark)
    values, metrics, curves = evaluate_run(dataset, members, params.evaluate)
    summary: dict[str, Any] = dict(values)
    if (listed := params.restriction_of(benchmark)) is not None:
        restricted = {"queries": len(dataset.queries), "database": len(dataset.database)}
        summary["restricted_to"] = {"list": listed, **restricted}
    missing = count_missing(dataset, next(iter(members.values())))
    summary["missing"] = {**missing, "salvaged": _count_salvaged(project, dataset)}
    metrics_file = project.reports / "metrics" / benchmark / f"{run}.csv"
    write_text(metrics_file, as_csv(metrics))
    write_text(project.reports / "curves" / benchmark / f"{run}.csv", as_csv(curves))
    write_json(metrics_file.with_suffix(".json"), summary)


def _count_salvaged(project: Project, dataset: Dataset) -> int:
    """Damaged videos of the ground truth of which a part could be read: ranked by that part, not missing."""
    files = [project.failures_file(dataset.name, shard) for shard in project.params.shards]
    damaged = {failure.video for path in files for failure in read_failures(path) if failure.seconds_salvaged > 0}
    return len(damaged & {*dataset.queries, *dataset.database})
