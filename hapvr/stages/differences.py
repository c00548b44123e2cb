"""Stage `differences`: how much better one run is than another on every task, and whether that is more than noise."""

from collections.abc import Iterable

import pandas as pd

from hapvr.datasets.dataset import Dataset, read_dataset
from hapvr.evaluation.bootstrap import ResampledRun
from hapvr.project import Project, check_name
from hapvr.reports.availability import found_sentences, restricted_sentences
from hapvr.reports.claims import judge
from hapvr.reports.differences import (
    VERDICT,
    as_text,
    compare_runs,
    differences_grid,
    explanation,
    how_drawn,
    with_verdicts,
)
from hapvr.reports.options import DifferencesTable
from hapvr.resampled import resample_run, resample_runs
from hapvr.results import Results
from hapvr.storage.files import write_text
from hapvr.storage.revision import Revision
from hapvr.storage.scores import Scores, read_scores

LEADING = ["run", "other", "label", "benchmark"]


def differences(project: Project, table: str) -> None:
    """Writes `reports/tables/differences_{table}.csv`, `.md` and `.tex`: a row per pair, benchmark and task."""
    params, results = project.params, Results(project)
    check_name("table", table, params.differences.tables, where="differences.tables")
    definition = params.differences.tables[table]
    drawn = (params.differences.resamples, params.evaluate.confidence)
    parts = [_compare_pairs(results, definition, benchmark) for benchmark in definition.benchmarks]
    content = with_verdicts(pd.concat(parts, ignore_index=True), params.evaluate.confidence)
    content = content[[*LEADING, *(column for column in content if column not in LEADING)]]
    grid, found = differences_grid(content), judge(content)
    lines = [
        f"{definition.claim}: {found.verdict}. {found.sentence}",
        explanation(*drawn),
        *found_sentences({name: results.availability(name) for name in definition.benchmarks}),
    ]
    file = project.reports / "tables" / f"differences_{table}"
    write_text(file.with_suffix(".csv"), content.round(6).to_csv(index=False))
    write_text(file.with_suffix(".md"), "\n\n".join([lines[0], grid.markdown(), *lines[1:]]) + "\n")
    comments = "".join(f"% {line}\n" for line in [*lines, "Needs the package booktabs."])
    write_text(file.with_suffix(".tex"), comments + grid.latex())


def _compare_pairs(results: Results, definition: DifferencesTable, benchmark: str) -> pd.DataFrame:
    """Every pair of a table on one benchmark; each run is read and resampled once."""
    runs = resample_runs(results, dict.fromkeys(run for pair in definition.pairs for run in pair), benchmark)
    confidence = results.project.params.evaluate.confidence
    parts = [
        compare_runs(runs[run], runs[other], confidence=confidence).assign(
            run=run, other=other, label=_title(results, run, other), benchmark=benchmark
        )
        for run, other in definition.pairs
    ]
    return pd.concat(parts, ignore_index=True)


def difference_of_two(project: Project, run: str, other: str, *, benchmark: str | None, revision: str | None) -> str:
    """`hapvr differences RUN OTHER`: per benchmark (all without `benchmark`) a table of `run` minus `other`.

    revision: the commit whose scores of `other` are meant; None: those of the working tree.
    Raises ValueError for unknown names, FileNotFoundError for scores that are not there.
    """
    params, results = project.params, Results(project)
    check_name("RUN", run, params.evaluated, where="runs")
    past = Revision(project.root, revision) if revision else None
    accepted = params.benchmarks_of(run)
    if past is None:
        check_name("OTHER", other, params.evaluated, where="runs")
        accepted = [name for name in accepted if name in params.benchmarks_of(other)]
    if not accepted:
        raise ValueError(f"{run} and {other}: no benchmark on which both are scored; show both in one table")
    check_name("--benchmark", benchmark or accepted[0], accepted, where="the benchmarks of both")
    names = [benchmark] if benchmark else accepted
    confidence = params.evaluate.confidence
    parts = [
        compare_runs(*_here_and_then(results, run, other, benchmark=name, past=past), confidence=confidence)
        for name in names
    ]
    # All that is printed is tested together.
    table = with_verdicts(pd.concat(parts, keys=names), confidence)
    heads = ("here", past.name) if past else (run, other)
    title = f"{results.labels[run]} − {other} at {past.name}" if past else _title(results, run, other)
    shown = [f"{title}, {name}\n\n{as_text(table.loc[name], heads)}" for name in names]
    drawn = (params.differences.resamples, confidence)
    return "\n\n".join([*shown, f"{how_drawn(*drawn)} {VERDICT}", *_restrictions(results, names)])


def _restrictions(results: Results, benchmarks: Iterable[str]) -> list[str]:
    """Which of the benchmarks are restricted to some videos, and to which."""
    names = [name for name in benchmarks if results.project.params.restriction_of(name) is not None]
    return restricted_sentences({name: results.availability(name) for name in names})


def _here_and_then(
    results: Results, run: str, other: str, *, benchmark: str, past: Revision | None
) -> tuple[ResampledRun, ResampledRun]:
    """Both runs on one benchmark; the other one at another commit, if there is one."""
    dataset = results.dataset(benchmark)
    before = _scores_then(results, past, other, dataset) if past else results.scores(other, benchmark)
    return resample_run(results, dataset, results.scores(run, benchmark)), resample_run(results, dataset, before)


def _title(results: Results, run: str, other: str) -> str:
    """`A − B`, as the runs are called in tables."""
    return f"{results.labels[run]} − {results.labels[other]}"


def _scores_then(results: Results, past: Revision, run: str, dataset: Dataset) -> dict[str, Scores]:
    """Scores at another commit, if the benchmark was the same there."""
    project = results.project
    ground_truth = project.dataset_file(dataset.name).relative_to(project.root).as_posix()
    with past.file(ground_truth) as file:
        if results.restricted(read_dataset(file)) != dataset:
            raise ValueError(
                f"{ground_truth} was another one at {past.name}: results on different videos or labels do not compare; "
                "name a commit with the same benchmark"
            )
    with past.file(project.scores_file(run, dataset.name).relative_to(project.root).as_posix()) as file:
        return read_scores(file)
