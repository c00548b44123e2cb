"""Stage `report`: every table and figure on one page that needs nothing but itself."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from hapvr.params import Params
from hapvr.params.runs import AnyRun, NormalisedRun, RerankedRun
from hapvr.pipeline.plan import planned_code
from hapvr.project import Project
from hapvr.reports import page, reported
from hapvr.reports.availability import found_sentences
from hapvr.reports.behind import as_json, difference_details, metric_details
from hapvr.reports.claims import judge
from hapvr.reports.details import Detail, difference_cells, metric_cells
from hapvr.reports.differences import differences_grid, explanation
from hapvr.reports.figures import accuracy_cost, learning_curves, sensitivity
from hapvr.reports.glossary import TASK_NAMES
from hapvr.reports.html_table import lead_to_runs
from hapvr.reports.intervals import bounds_of
from hapvr.reports.introduction import introduce
from hapvr.reports.number_format_grid import EXPLANATION as NUMBER_FORMATS
from hapvr.reports.number_format_grid import number_format_grid
from hapvr.reports.tables import AVAILABLE, EXPLANATION, STRICT, VIDEOS, make_grids, missing_sentences
from hapvr.results import Results
from hapvr.stages.tables import ticks_of
from hapvr.storage.files import write_text

COSTS = "python benchmarks/costs.py"
CHOICES = "python benchmarks/choices.py"
SENSITIVITY = f"{CHOICES} --experiments benchmarks/sensitivity.yaml"
# Figures that no stage makes where params.yaml does not have them → what does.
BY_HAND = {accuracy_cost: COSTS, learning_curves: CHOICES, sensitivity: SENSITIVITY}


def report(project: Project) -> None:
    """Writes `reports/index.html`. Raises FileNotFoundError naming the command that makes a missing part."""
    params, results = project.params, Results(project)
    summaries = {name: results.table(name, f"tables@{name}") for name in params.tables}
    differences = {
        name: results.table(f"differences_{name}", f"differences@{name}") for name in params.differences.tables
    }
    claims, tested = _claim_entries(project, differences)
    formats = results.table("number_format", "number_format").replace({"task": TASK_NAMES})
    everything = pd.concat(summaries.values())
    text = page.render_page(
        params=params,
        introduction=introduce(params),
        tables=[_table_entry(project, name, summary) for name, summary in summaries.items()],
        claims=claims,
        sure=[
            *tested,
            _number_format_entry(formats),
            *_cost_entries(project),
            *_sensitivity_entries(project),
        ],
        figures=_figure_entries(project, results),
        runs=[_run_entry(project, name) for name in params.runs],
        benchmarks=[_benchmark_entry(results, name) for name in params.benchmarks],
        tasks=page.task_entries(everything),
        explored=list(params.explored),
        behind=_behind(project, results, summaries, differences),
        missing=missing_sentences(everything.replace({"task": TASK_NAMES})),
        found=found_sentences({name: results.availability(name) for name in params.benchmarks}),
        videos=VIDEOS,
        explanation=EXPLANATION,
        reported=reported.EXPLANATION if everything["paper"].notna().any() else "",
        tested=explanation(*_drawn(project)),
        available=AVAILABLE,
        strict=STRICT,
    )
    write_text(project.reports / "index.html", text)


def _table_entry(project: Project, name: str, summary: pd.DataFrame) -> dict[str, Any]:
    definition = project.params.tables[name]
    grids = make_grids(summary.replace({"task": TASK_NAMES}), ticks_of(project, definition))
    cells = {convention: metric_cells(summary, convention, TASK_NAMES) for convention in grids}
    return page.table_entry(name, definition.kind, grids, cells)


def _number_format_entry(formats: pd.DataFrame) -> dict[str, Any]:
    grid = number_format_grid(formats)
    runs = {f"{row.label}, {row.dtype}": str(row.run) for row in formats.itertuples()}
    return page.stage_entry("number_format", grid, NUMBER_FORMATS, lead_to_runs(grid, runs))


def _figure_entries(project: Project, results: Results) -> list[dict[str, Any]]:
    """The figures of params.yaml, then those that no stage makes, if somebody did."""
    entries = [page.figure_entry(name, **_pictures(results, name)) for name in project.params.figures]
    for figure, command in BY_HAND.items():
        name = figure.NAME
        if name not in project.params.figures and all(
            (project.reports / "figures" / f"{name}.{kind}").exists() for kind in ("svg", "png")
        ):
            entries.append(page.picture_entry(name, figure.CAPTION, **_pictures(results, name), command=command))
    return entries


def _cost_entries(project: Project) -> list[dict[str, Any]]:
    """The table of costs, if somebody measured them: no stage does."""
    file = project.reports / "tables" / "costs.csv"
    return [page.costs_entry(pd.read_csv(file), command=COSTS)] if file.exists() else []


def _sensitivity_entries(project: Project) -> list[dict[str, Any]]:
    """The sensitivity on the development benchmark, if somebody measured it and no stage makes one of runs."""
    file = project.reports / "tables" / f"{sensitivity.NAME}.csv"
    if sensitivity.NAME in project.params.tables or not file.exists():
        return []
    points = pd.read_csv(file, dtype={"member": str}).replace({"task": TASK_NAMES})
    return [page.sensitivity_entry(points, command=SENSITIVITY)]


def _pictures(results: Results, name: str) -> dict[str, bytes]:
    return {kind: results.picture(name, f".{kind}") for kind in ("svg", "png")}


def _claim_entries(
    project: Project, differences: Mapping[str, pd.DataFrame]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Every claim with its verdict, and the tables that test them."""
    claims, tables = [], []
    for name, table in differences.items():
        claim = project.params.differences.tables[name].claim
        named = table.replace({"task": TASK_NAMES})
        finding, grid = judge(named), differences_grid(named)
        claims.append(page.claim_entry(name, claim, finding))
        cells = difference_cells(table, TASK_NAMES)
        tables.append(page.differences_entry(name, claim, finding, grid=grid, details=cells))
    return claims, tables


def _drawn(project: Project) -> tuple[int, float]:
    """How many resamples tell differences from noise, and with what confidence."""
    params = project.params
    return params.differences.resamples, params.evaluate.confidence


def _behind(
    project: Project,
    results: Results,
    summaries: Mapping[str, pd.DataFrame],
    differences: Mapping[str, pd.DataFrame],
) -> dict[str, Any]:
    """What stands behind the numbers of all tables."""
    params, confidence = project.params, project.params.evaluate.confidence
    details: dict[str, Detail] = {}
    for name, summary in summaries.items():
        runs, benchmarks = params.tables[name].runs, params.tables[name].benchmarks
        bounds = {
            (run, benchmark, task): of
            for run in runs
            for benchmark in benchmarks
            for task, of in bounds_of(results, run, benchmark).items()
        }
        details |= metric_details(summary, results.metrics(runs, benchmarks), bounds, confidence=confidence)
    for name, table in differences.items():
        details |= difference_details(table, name, confidence=confidence)
    return as_json(details, params, planned_code(project.root))


def _run_entry(project: Project, name: str) -> dict[str, Any]:
    params = project.params
    run = params.runs[name]
    model = params.models_of(name)[0]
    return page.run_entry(
        name,
        run.label,
        method=params.method_of(model),
        losses=params.losses_of(model),
        made_of=_made_of(run),
        members=project.members(name),
        otherwise=_learns(params, model),
        own=_own_training(params, model),
    )


def _own_training(params: Params, run: str) -> dict[str, Any]:
    """Training set and values of `train` that a run has for itself."""
    training_set = params.training_set_of(run)
    of_set = {} if training_set == params.training_set else {"training_set": training_set}
    return of_set | params.own_train_of(run)


def _learns(params: Params, run: str) -> str:
    """How a run learns that no losses train."""
    if (weights := params.weights_of(run)) is not None:
        return f"published weights {weights}"
    if run not in params.trained:
        return "not trained"
    teachers = params.teachers_of(run).values()
    return "its own objective" + (f", taught by {' and '.join(teachers)}" if teachers else "")


def _made_of(run: AnyRun) -> tuple[str, str, dict[str, Any]] | None:
    """Of a run without models of its own: whose scores, what is done to them, and how."""
    match run:
        case NormalisedRun():
            return run.of, "normalised", run.normalise.model_dump()
        case RerankedRun():
            return run.rerank.coarse, "re-ranked", run.rerank.model_dump(exclude={"coarse"})
        case _:
            return None


def _benchmark_entry(results: Results, name: str) -> dict[str, Any]:
    params = results.project.params
    runs = [run for run in params.evaluated if name in params.benchmarks_of(run)]
    return page.benchmark_entry(name, [results.summary(run, name)["missing"] for run in runs])
