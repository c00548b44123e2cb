"""Stage `headline`: one small file with the main mAP of a few runs, the metric that DVC shows."""

from hapvr.project import Project
from hapvr.reports.headline import main_value
from hapvr.results import Results
from hapvr.storage.files import write_json


def headline(project: Project) -> None:
    """Writes `reports/headline.json`: run → benchmark → `{task}_mAP`, the values that stage `evaluate` wrote."""
    params, results = project.params, Results(project)
    content = {
        run: {benchmark: main_value(results.summary(run, benchmark)) for benchmark in params.benchmarks_of(run)}
        for run in params.headline.runs
    }
    write_json(project.reports / "headline.json", content)
