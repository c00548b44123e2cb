"""Stage `evaluate`: metrics and precision-recall curves of one run on one benchmark."""

from typing import Any

from hapvr.evaluation.availability import count_in_part
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
    failures = (failure for path in project.failures_files(benchmark) for failure in read_failures(path))
    summary["missing"] = {**missing, "salvaged": count_in_part(dataset, failures)}
    metrics_file = project.reports / "metrics" / benchmark / f"{run}.csv"
    write_text(metrics_file, as_csv(metrics))
    write_text(project.reports / "curves" / benchmark / f"{run}.csv", as_csv(curves))
    write_json(metrics_file.with_suffix(".json"), summary)
