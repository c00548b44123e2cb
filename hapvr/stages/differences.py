"""Stage `differences`: how much better one run is than another on every task, and whether that is more than noise."""

import pandas as pd

from hapvr.datasets.dataset import Dataset, read_dataset
from hapvr.project import Project, check_name
from hapvr.reports.differences import VERDICT, as_text, compare_runs, differences_grid, explanation, how_drawn
from hapvr.results import Results
from hapvr.storage.files import write_text
from hapvr.storage.revision import Revision
from hapvr.storage.scores import Scores, read_scores


def differences(project: Project) -> None:
    """Writes `reports/tables/differences.csv`, `.md` and `.tex`: a row per pair of runs, benchmark and task."""
    section, options, results = project.params.differences, project.params.evaluate, Results(project)
    table = pd.concat(
        [
            compare_runs(
                results.dataset(benchmark),
                results.scores(run, benchmark),
                results.scores(other, benchmark),
                params=options,
            ).assign(run=run, other=other, label=_title(results, run, other), benchmark=benchmark)
            for benchmark in section.benchmarks
            for run, other in section.pairs
        ],
        ignore_index=True,
    )
    leading = ["run", "other", "label", "benchmark"]
    table = table[[*leading, *(column for column in table if column not in leading)]]
    grid, how = differences_grid(table), explanation(options)
    file = project.reports / "tables" / "differences"
    write_text(file.with_suffix(".csv"), table.round(6).to_csv(index=False))
    write_text(file.with_suffix(".md"), f"{grid.markdown()}\n\n{how}\n")
    write_text(file.with_suffix(".tex"), f"% {how}\n% Needs the package booktabs.\n{grid.latex()}")


def difference_of_two(project: Project, run: str, other: str, *, benchmark: str | None, revision: str | None) -> str:
    """`hapvr differences RUN OTHER`: per benchmark (all without `benchmark`) a table of `run` minus `other`.

    revision: the commit whose scores of `other` are meant; None: those of the working tree.
    Raises ValueError for unknown names, FileNotFoundError for scores that are not there.
    """
    params, results = project.params, Results(project)
    check_name("RUN", run, params.runs, where="runs")
    check_name("--benchmark", benchmark or params.benchmarks[0], params.benchmarks, where="benchmarks")
    past = Revision(project.root, revision) if revision else None
    if past is None:
        check_name("OTHER", other, params.runs, where="runs")
    parts = []
    for name in [benchmark] if benchmark else params.benchmarks:
        dataset = results.dataset(name)
        before = _scores_then(project, past, other, dataset) if past else results.scores(other, name)
        table = compare_runs(dataset, results.scores(run, name), before, params=params.evaluate)
        heads = ("here", past.name) if past else (run, other)
        title = f"{results.labels[run]} − {other} at {past.name}" if past else _title(results, run, other)
        parts.append(f"{title}, {name}\n\n{as_text(table, heads)}")
    return "\n\n".join([*parts, f"{how_drawn(params.evaluate)} {VERDICT}"])


def _title(results: Results, run: str, other: str) -> str:
    """`A − B`, as the runs are called in tables."""
    return f"{results.labels[run]} − {results.labels[other]}"


def _scores_then(project: Project, past: Revision, run: str, dataset: Dataset) -> dict[str, Scores]:
    """Scores at another commit, if the benchmark was the same there."""
    ground_truth = project.dataset_file(dataset.name).relative_to(project.root).as_posix()
    with past.file(ground_truth) as file:
        if read_dataset(file) != dataset:
            raise ValueError(
                f"{ground_truth} was another one at {past.name}: results on different videos or labels do not compare; "
                "name a commit with the same benchmark"
            )
    with past.file(project.scores_file(run, dataset.name).relative_to(project.root).as_posix()) as file:
        return read_scores(file)
