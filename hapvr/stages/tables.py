"""Stage `tables`: one table of runs × tasks as CSV (every number), Markdown and LaTeX (to read)."""

import pandas as pd

from hapvr.project import Project, check_name
from hapvr.reports.availability import found_sentences, with_availability
from hapvr.reports.best import compare_with_best, mark_best
from hapvr.reports.grid import components
from hapvr.reports.options import Table
from hapvr.reports.reported import add_reported
from hapvr.reports.summary import summarise
from hapvr.reports.tables import Ticks, as_latex, as_markdown, make_grids
from hapvr.resampled import resample_runs
from hapvr.results import Results
from hapvr.storage.files import write_text


def tables(project: Project, table: str) -> None:
    """Writes `reports/tables/{table}.csv`, `.md` and `.tex`."""
    check_name("table", table, project.params.tables, where="tables")
    definition = project.params.tables[table]
    results = Results(project)
    availability = {benchmark: results.availability(benchmark) for benchmark in definition.benchmarks}
    summary = _with_best(results, summarise(results.metrics(definition.runs, definition.benchmarks)), definition)
    summary = add_reported(summary, definition.kind)
    summary, found = with_availability(summary, availability), found_sentences(availability)
    grids = make_grids(summary, ticks_of(project, definition))
    file = project.reports / "tables" / table
    write_text(file.with_suffix(".csv"), summary.round(6).to_csv(index=False))
    write_text(file.with_suffix(".md"), as_markdown(grids, summary, found))
    write_text(file.with_suffix(".tex"), as_latex(grids, summary, found))


def _with_best(results: Results, summary: pd.DataFrame, definition: Table) -> pd.DataFrame:
    """`mark_best`, from the scores of the table's runs."""
    params = results.project.params
    confidence = params.evaluate.confidence
    means = summary[summary["convention"] == "available"]
    compared = (
        compare_with_best(means, benchmark, resample_runs(results, definition.runs, benchmark), confidence=confidence)
        for benchmark in definition.benchmarks
    )
    return mark_best(summary, compared, confidence=confidence)


def ticks_of(project: Project, definition: Table) -> Ticks:
    """Label of each run → whether it learns from labels or, in an ablation, which of HAP-VR's components it has."""
    params, runs = project.params, definition.runs
    match definition.kind:
        case "methods":
            return {params.runs[run].label: {"labels": params.learns_from_labels(run)} for run in runs}
        case "ablation":
            return components_of_runs(project, runs)
        case _:
            return {}


def components_of_runs(project: Project, runs: list[str]) -> Ticks:
    """Label of each run → which of HAP-VR's components it has."""
    params = project.params
    windows = {run: params.train_of(run).window for run in runs}
    return {
        params.runs[run].label: components(params.method_of(run), params.losses_of(run), window=windows[run])
        for run in runs
    }
