"""The parts of the page that shows every table and figure, as its template takes them."""

from base64 import b64encode
from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any

import pandas as pd

from hapvr.reports import captions, sensitivity
from hapvr.reports.claims import Finding
from hapvr.reports.figures import FIGURES
from hapvr.reports.figures.sensitivity import NAME as SENSITIVITY
from hapvr.reports.glossary import GLOSSARY, TASK_NAMES
from hapvr.reports.grid import Grid
from hapvr.reports.html_table import Details, html_table, lead_to_runs
from hapvr.reports.rendering import render
from hapvr.reports.summary import METRIC_LABELS, TASK
from hapvr.written import as_written


def render_page(**parts: Any) -> str:
    """The page as HTML that needs nothing but itself."""
    return render("index.html", glossary=GLOSSARY, **parts)


def table_entry(name: str, kind: str, grids: Mapping[str, Grid], details: Mapping[str, Details]) -> dict[str, Any]:
    """One table: its rows per convention with what stands behind them, caption, command and file."""
    caption = captions.TABLES[kind]
    return {
        "anchor": f"table-{name}",
        "title": caption.title,
        "caption": caption.text,
        "content": {convention: html_table(grid, details[convention]) for convention, grid in grids.items()},
        "command": f"dvc repro tables@{name}",
        "file": f"reports/tables/{name}.csv",
    }


def stage_entry(stage: str, grid: Grid, how: str, details: Details) -> dict[str, Any]:
    """The table that a stage of its own makes; `how` to read it follows the caption."""
    caption = captions.STAGES[stage]
    command = f"dvc repro {stage}"
    return _other_entry(stage, grid, caption._replace(text=f"{caption.text} {how}"), details, command=command)


def costs_entry(costs: pd.DataFrame, *, command: str) -> dict[str, Any]:
    """The table of costs, of which a benchmark is the source. costs: a row per run."""
    grid = costs_grid(costs)
    details = lead_to_runs(grid, dict(zip(costs["label"], costs["run"], strict=True)))
    return _other_entry("costs", grid, captions.STAGES["costs"], details, command=command)


def costs_grid(costs: pd.DataFrame) -> Grid:
    """Runs × kinds of cost; nothing is bold."""
    shown = costs.set_index("label").rename_axis(None)[list(captions.COSTS)]
    text = shown.map(lambda value: f"{value:.3g}")
    text.columns = pd.MultiIndex.from_tuples([("", "", head) for head in captions.COSTS.values()])
    return Grid(text, pd.DataFrame(False, index=text.index, columns=text.columns))


def sensitivity_entry(points: pd.DataFrame, *, command: str) -> dict[str, Any]:
    """The table of the sensitivity, of which experiments are the source. points: as `sensitivity.POINTS` has them."""
    caption = captions.TABLES[SENSITIVITY]
    shown = caption._replace(text=f"{caption.text} {sensitivity.EXPLANATION}")
    return _other_entry(SENSITIVITY, sensitivity.points_grid(points), shown, {}, command=command)


def _other_entry(name: str, grid: Grid, caption: captions.Caption, details: Details, *, command: str) -> dict[str, Any]:
    """A table with one convention."""
    return {
        "anchor": f"table-{name}",
        "title": caption.title,
        "caption": caption.text,
        "content": {"available": html_table(grid, details)},
        "command": command,
        "file": f"reports/tables/{name}.csv",
    }


def claim_entry(name: str, claim: str, finding: Finding) -> dict[str, Any]:
    """What a claim comes to, and where its table stands."""
    return {"anchor": f"table-differences_{name}", "claim": claim, **finding._asdict()}


def differences_entry(name: str, claim: str, finding: Finding, *, grid: Grid, details: Details) -> dict[str, Any]:
    """The table that tests a claim."""
    caption = captions.Caption(claim, finding.sentence)
    command = f"dvc repro differences@{name}"
    return _other_entry(f"differences_{name}", grid, caption, details, command=command)


def figure_entry(name: str, *, svg: bytes, png: bytes) -> dict[str, Any]:
    """One figure of params.yaml: its picture as a data URL, caption, command and file."""
    caption = import_module(FIGURES.module(name)).CAPTION
    return picture_entry(name, caption, svg=svg, png=png, command=f"dvc repro figures@{name}")


def picture_entry(name: str, caption: captions.Caption, *, svg: bytes, png: bytes, command: str) -> dict[str, Any]:
    """As `figure_entry`, of any figure in reports/figures."""
    # A drawing that is made of photographs is smaller as PNG.
    kind, picture = ("png", png) if b"<image" in svg else ("svg+xml", svg)
    return {
        "anchor": f"figure-{name}",
        "title": caption.title,
        "caption": caption.text,
        "url": f"data:image/{kind};base64,{b64encode(picture).decode()}",
        "command": command,
        "file": f"reports/figures/{name}.svg",
        "rows": f"reports/figures/{name}.csv",
    }


def run_entry(
    name: str,
    label: str,
    *,
    method: Mapping[str, Any],
    losses: Mapping[str, Mapping[str, Any]],
    made_of: tuple[str, str, Mapping[str, Any]] | None,
    members: Iterable[str],
    otherwise: str,
    own: Mapping[str, Any],
) -> dict[str, Any]:
    """One run with its method and losses as short texts. made_of: whose scores, what is done, and how.

    otherwise: what stands in the place of losses where there are none. own: training set and values of `train` that
    the run has for itself.
    """
    text = _with_options(method["name"], method)
    if made_of is not None:
        text += f"; scores of {made_of[0]} {_with_options(*made_of[1:])}"
    if own:
        text += f"; {_with_options('trained in its own way', own)}"
    return {
        "name": name,
        "label": label,
        "method": text,
        "losses": [f"{options['weight']:g} × {_with_options(loss, options)}" for loss, options in losses.items()],
        "members": ", ".join(members),
        "otherwise": otherwise,
    }


def benchmark_entry(name: str, missing: Iterable[Mapping[str, int]]) -> dict[str, Any]:
    """Queries and database videos of a benchmark, and how many are missing: the most of any run."""
    found = list(missing)
    return {"name": name} | {key: max(counts[key] for counts in found) for key in found[0]}


def task_entries(summary: pd.DataFrame) -> list[dict[str, Any]]:
    """One row per task of a benchmark with its counts, each once."""
    rows = summary.drop_duplicates(TASK).replace({"metric": METRIC_LABELS, "task": TASK_NAMES})
    return [{str(key): value for key, value in row.items()} for row in rows.to_dict("records")]


def _with_options(name: str, options: Mapping[str, Any]) -> str:
    """`name (key value, …)` of a method or a loss."""
    listed = ", ".join(f"{key} {as_written(value)}" for key, value in options.items() if key not in ("name", "weight"))
    return f"{name} ({listed})" if listed else name
