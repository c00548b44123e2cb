"""Stage `report`: every table and figure on one page that needs nothing but itself."""

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
from markupsafe import Markup

from hapvr.params.figures import Figures
from hapvr.params.runs import NormalisedRun
from hapvr.project import Project
from hapvr.reports import captions
from hapvr.reports.differences import differences_grid, explanation, read_differences
from hapvr.reports.grid import Grid
from hapvr.reports.number_format_grid import EXPLANATION as PRECISION
from hapvr.reports.number_format_grid import precision_grid, read_precision
from hapvr.reports.summary import METRIC_LABELS, TASK, read_csv
from hapvr.reports.tables import AVAILABLE, EXPLANATION, STRICT, grids, missing_sentences
from hapvr.storage.files import write_text


def report(project: Project) -> None:
    """Writes `reports/index.html`. Raises FileNotFoundError naming the command that makes a missing part."""
    loader = jinja2.PackageLoader("hapvr.reports", "template")
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    params = project.params
    summaries = {name: read_table(project, name) for name in params.tables}
    page = environment.get_template("index.html").render(
        params=params,
        tables=[table_entry(project, name, summary) for name, summary in summaries.items()],
        sure=[
            stage_entry("differences", differences_grid(read_differences(project)), explanation(params.evaluate)),
            stage_entry("precision", precision_grid(read_precision(project)), PRECISION),
        ],
        figures=[figure_entry(project, name) for name in Figures.model_fields],
        runs=[run_entry(project, name) for name in params.runs],
        benchmarks=[benchmark_entry(project, name) for name in params.benchmarks],
        tasks=task_entries(pd.concat(summaries.values())),
        missing=missing_sentences(pd.concat(summaries.values())),
        explanation=EXPLANATION,
        available=AVAILABLE,
        strict=STRICT,
    )
    write_text(project.reports / "index.html", page + "\n")


def read_table(project: Project, table: str) -> pd.DataFrame:
    return read_csv(project.reports / "tables" / f"{table}.csv", f"dvc repro tables@{table}")


def table_entry(project: Project, name: str, summary: pd.DataFrame) -> dict[str, Any]:
    """One table: its HTML per convention, caption, command and file."""
    definition = project.params.tables[name]
    shown = grids(project, definition, summary)
    caption = captions.TABLES[definition.kind]
    return {
        "anchor": f"table-{name}",
        "title": caption.title,
        "caption": caption.text,
        # pandas has escaped the cells and heads
        "html": {convention: Markup(grid.html(f"{name}-{convention}")) for convention, grid in shown.items()},
        "wrapped": False,
        "command": f"dvc repro tables@{name}",
        "file": f"reports/tables/{name}.csv",
    }


def stage_entry(stage: str, grid: Grid, how: str) -> dict[str, Any]:
    """The table that a stage of its own makes; `how` to read it follows the caption."""
    caption = captions.STAGES[stage]
    return {
        "anchor": f"table-{stage}",
        "title": caption.title,
        "caption": f"{caption.text} {how}",
        "html": {"available": Markup(grid.html(stage))},
        "wrapped": True,
        "command": f"dvc repro {stage}",
        "file": f"reports/tables/{stage}.csv",
    }


def figure_entry(project: Project, name: str) -> dict[str, Any]:
    """One figure: its picture as a data URL, caption, command and file."""
    caption = captions.FIGURES[name]
    return {
        "anchor": f"figure-{name}",
        "title": caption.title,
        "caption": caption.text,
        "url": picture_url(project.reports / "figures" / name, f"dvc repro figures@{name}"),
        "command": f"dvc repro figures@{name}",
        "file": f"reports/figures/{name}.svg",
    }


def picture_url(path: Path, command: str) -> str:
    """The drawing `path`.svg as a data URL, or `path`.png if the drawing is made of photographs: smaller then."""
    for suffix in (".svg", ".png"):
        if not path.with_suffix(suffix).exists():
            raise FileNotFoundError(f"{path.with_suffix(suffix)}: no such file; make it with `{command}`")
    drawing = path.with_suffix(".svg").read_bytes()
    if b"<image" in drawing:
        return f"data:image/png;base64,{b64encode(path.with_suffix('.png').read_bytes()).decode()}"
    return f"data:image/svg+xml;base64,{b64encode(drawing).decode()}"


def run_entry(project: Project, name: str) -> dict[str, Any]:
    """One run with its method and losses as short texts; a normalised run has those of the run it is of."""
    run, scored = project.params.runs[name], project.params.scored(name)
    method = _options(scored.method.model_dump())
    if isinstance(run, NormalisedRun):
        method += f"; scores of {run.of} {_options({'name': 'normalised'} | run.normalise.model_dump())}"
    return {
        "name": name,
        "label": run.label,
        "method": method,
        "losses": [f"{loss.weight:g} × {_options(loss.model_dump(exclude={'weight'}))}" for loss in scored.losses],
        "members": ", ".join(project.members(name)),
    }


def benchmark_entry(project: Project, name: str) -> dict[str, Any]:
    """Queries and database videos of a benchmark, and how many are missing: the most of any run."""
    found = []
    for run in project.params.runs:
        path = project.reports / "metrics" / name / f"{run}.json"
        if not path.exists():
            raise FileNotFoundError(f"{path}: no such file; make it with `dvc repro evaluate@{run}-{name}`")
        found.append(json.loads(path.read_text(encoding="utf-8"))["missing"])
    return {"name": name} | {key: max(counts[key] for counts in found) for key in found[0]}


def task_entries(summary: pd.DataFrame) -> list[dict[str, Any]]:
    """One row per task of a benchmark with its counts, each once."""
    rows = summary.drop_duplicates(TASK).replace({"metric": METRIC_LABELS})
    return [{str(key): value for key, value in row.items()} for row in rows.to_dict("records")]


def _options(values: dict[str, Any]) -> str:
    """`name (key value, …)` of a method or a loss."""
    options = ", ".join(f"{key} {value:g}" for key, value in values.items() if key != "name")
    return f"{values['name']} ({options})" if options else str(values["name"])
