"""Stage `tables`: one table of runs × tasks as CSV (every number), Markdown and LaTeX (to read)."""

from hapvr.project import Project, check_name
from hapvr.reports.grid import components
from hapvr.reports.summary import summarise
from hapvr.reports.tables import Components, as_latex, as_markdown, make_grids
from hapvr.results import Results
from hapvr.storage.files import write_text


def tables(project: Project, table: str) -> None:
    """Writes `reports/tables/{table}.csv`, `.md` and `.tex`."""
    check_name("table", table, project.params.tables, where="tables")
    definition = project.params.tables[table]
    summary = summarise(Results(project).metrics(definition.runs, definition.benchmarks))
    grids = make_grids(definition.kind, summary, components_of_runs(project, definition.runs))
    file = project.reports / "tables" / table
    write_text(file.with_suffix(".csv"), summary.round(6).to_csv(index=False))
    write_text(file.with_suffix(".md"), as_markdown(grids, summary))
    write_text(file.with_suffix(".tex"), as_latex(grids, summary))


def components_of_runs(project: Project, runs: list[str]) -> Components:
    """Label of each run → which of HAP-VR's components it has."""
    params = project.params
    window = params.train.window
    return {
        params.runs[run].label: components(params.method_of(run), params.losses_of(run), window=window) for run in runs
    }
