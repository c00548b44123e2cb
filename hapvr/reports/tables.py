"""Stage `tables`: one table of runs × tasks as CSV (every number), Markdown and LaTeX (to read)."""

import pandas as pd

from hapvr.project import Project
from hapvr.reports.grid import Grid, ablation_grid, methods_grid
from hapvr.reports.options import Table
from hapvr.reports.summary import missing, read_metrics, summarise
from hapvr.storage.files import write_text

EXPLANATION = "Values in %: mean ± standard deviation over seeds (n − 1); runs without ± have one member. Best in bold."
AVAILABLE = "Missing videos are left out of the ground truth here, as in published numbers (`available`)."
STRICT = "Missing videos count as never found (`strict`)."


def tables(project: Project, table: str) -> None:
    """Writes `reports/tables/{table}.csv`, `.md` and `.tex`. Raises ValueError for an unknown table."""
    definition = project.params.tables.get(table)
    if definition is None:
        accepted = ", ".join(project.params.tables)
        raise ValueError(f"table {table!r}: not under `tables` in params.yaml; accepted: {accepted}")
    summary = summarise(read_metrics(project, definition.runs, definition.benchmarks))
    folder = project.reports / "tables"
    write_text(folder / f"{table}.csv", summary.round(6).to_csv(index=False))
    write_text(folder / f"{table}.md", as_markdown(project, definition, summary))
    write_text(folder / f"{table}.tex", as_latex(project, definition, summary))


def grids(project: Project, definition: Table, summary: pd.DataFrame) -> dict[str, Grid]:
    """Convention → table. The strict one is there only if a video is missing: without, both are the same."""
    conventions = ["available"] if missing(summary).empty else ["available", "strict"]
    if definition.kind != "ablation":
        return {convention: methods_grid(summary, convention) for convention in conventions}
    params = project.params
    runs = {params.runs[name].label: params.scored(name) for name in definition.runs}
    return {convention: ablation_grid(summary, convention, runs) for convention in conventions}


def missing_sentences(summary: pd.DataFrame) -> list[str]:
    """Per task what is missing, as sentences; empty if nothing is."""
    return [
        f"{row.benchmark} {row.task}: {row.missing_queries} of {row.queries} queries"
        f" and {row.missing_relevant} of {row.relevant} relevant videos are missing."
        for row in missing(summary).itertuples()
    ]


def as_markdown(project: Project, definition: Table, summary: pd.DataFrame) -> str:
    shown = grids(project, definition, summary)
    parts = [shown["available"].markdown(), EXPLANATION]
    if "strict" in shown:
        listed = "\n".join(f"- {sentence}" for sentence in missing_sentences(summary))
        parts += [AVAILABLE, listed, STRICT, shown["strict"].markdown()]
    return "\n\n".join(parts) + "\n"


def as_latex(project: Project, definition: Table, summary: pd.DataFrame) -> str:
    shown = grids(project, definition, summary)
    lines = [EXPLANATION, "Needs the packages booktabs and amssymb."]
    text = _comment(lines) + shown["available"].latex()
    if "strict" in shown:
        text += _comment([AVAILABLE, *missing_sentences(summary), STRICT]) + shown["strict"].latex()
    return text


def _comment(lines: list[str]) -> str:
    return "".join(f"% {line}\n" for line in lines)
