"""Stage `tables`: one table of runs × tasks as CSV (every number), Markdown and LaTeX (to read)."""

import pandas as pd

from hapvr.params import Params
from hapvr.project import Project, check_name
from hapvr.reports.availability import found_sentences, with_availability
from hapvr.reports.best import compare_with_best, mark_best
from hapvr.reports.grid import components
from hapvr.reports.intervals import with_intervals
from hapvr.reports.learnt_from import training_set_named
from hapvr.reports.options import Table
from hapvr.reports.reported import add_reported, row_of, said_of_methods
from hapvr.reports.sensitivity import SWEPT, changed, settings_of
from hapvr.reports.summary import summarise
from hapvr.reports.tables import LABELS, TRAINING_SET, Ticks, as_latex, as_markdown, make_grids
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
    summary = add_reported(with_intervals(results, summary), definition.kind)
    summary, found = with_availability(summary, availability), found_sentences(availability)
    ticks = ticks_of(project, definition)
    grids, confidence = make_grids(summary, ticks), project.params.evaluate.confidence
    file = project.reports / "tables" / table
    write_text(file.with_suffix(".csv"), _with_ticks(summary, ticks).round(6).to_csv(index=False))
    write_text(file.with_suffix(".md"), as_markdown(grids, summary, found, confidence=confidence))
    write_text(file.with_suffix(".tex"), as_latex(grids, summary, found, confidence=confidence))


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


def _with_ticks(summary: pd.DataFrame, ticks: Ticks) -> pd.DataFrame:
    """The summary with the columns of `ticks_of`, called as names are in files."""
    if not ticks:
        return summary
    said = pd.DataFrame(list(ticks.values()), index=list(ticks))
    said.columns = [name.lower().replace(" ", "_").replace("-", "_") for name in said.columns]
    return summary.join(said, on="label")


def ticks_of(project: Project, definition: Table) -> Ticks:
    """Label of each run → what it has learnt from or, in an ablation, which of HAP-VR's components it has."""
    params, runs = project.params, definition.runs
    match definition.kind:
        case "methods":
            return learnt_from_of_runs(params, runs)
        case "ablation":
            return components_of_runs(project, runs)
        case "sensitivity":
            return settings_of_runs(params, runs)
        case _:
            return {}


def learnt_from_of_runs(params: Params, runs: list[str]) -> Ticks:
    """Label of each run, and of the paper's row below it → whether it learns from labels, and its training set."""
    reported = said_of_methods()
    found: dict[str, dict[str, bool | str]] = {}
    for run in runs:
        label = params.runs[run].label
        found[label] = {LABELS: params.learns_from_labels(run), TRAINING_SET: training_set_named(params, run)}
        if (row := row_of(label, "methods")) in reported:
            found[f"paper: {label}"] = dict(zip((LABELS, TRAINING_SET), reported[row], strict=True))
    return found


def settings_of_runs(params: Params, runs: list[str]) -> Ticks:
    """Label of each run → its value of what it differs in from the first; the first has all that others differ in."""
    differing, own = changed(params, runs), settings_of(params, runs[0])
    titles = {name: SWEPT[name].title for name in dict.fromkeys(name for name, _ in differing.values())}
    found: dict[str, dict[str, bool | str]] = {
        params.runs[runs[0]].label: {title: f"{own[name]:g}" for name, title in titles.items()}
    }
    for run, (changed_name, value) in differing.items():
        found[params.runs[run].label] = {
            title: f"{value:g}" if name == changed_name else "" for name, title in titles.items()
        }
    return found


def components_of_runs(project: Project, runs: list[str]) -> Ticks:
    """Label of each run → which of HAP-VR's components it has."""
    params = project.params
    windows = {run: params.train_of(run).window for run in runs}
    return {
        params.runs[run].label: components(params.method_of(run), params.losses_of(run), window=windows[run])
        for run in runs
    }
