"""Stage `differences`: how much better one run is than another on every task, and whether that is more than noise."""

from collections.abc import Mapping

import pandas as pd

from hapvr.datasets.dataset import Dataset, read_dataset
from hapvr.evaluation.bootstrap import paired_bootstrap
from hapvr.evaluation.options import Evaluate
from hapvr.params.runs import NormalisedRun
from hapvr.project import Project
from hapvr.reports.grid import NO_BREAK, Grid
from hapvr.reports.summary import METRIC_LABELS, read_csv
from hapvr.storage.files import write_text
from hapvr.storage.scores import Scores, read_scores

NAME = "differences"
VERDICT = (
    "A difference whose interval leaves out 0 is larger than the noise of queries and seeds; any other may be chance. "
    "Of many differences a few leave out 0 by chance too, and two or three seeds say little about other seeds."
)


def differences(project: Project) -> None:
    """Writes `reports/tables/differences.csv`, `.md` and `.tex`: a row per pair of runs, benchmark and task."""
    section = project.params.differences
    table = pd.concat(
        [
            compared(
                read_dataset(project.dataset_file(benchmark)),
                scores_of(project, run, benchmark),
                scores_of(project, other, benchmark),
                params=project.params.evaluate,
            ).assign(run=run, other=other, label=title(project, run, other), benchmark=benchmark)
            for benchmark in section.benchmarks
            for run, other in section.pairs
        ],
        ignore_index=True,
    )
    leading = ["run", "other", "label", "benchmark"]
    table = table[[*leading, *(column for column in table if column not in leading)]]
    grid, how = differences_grid(table), explanation(project.params.evaluate)
    folder = project.reports / "tables"
    write_text(folder / f"{NAME}.csv", table.round(6).to_csv(index=False))
    write_text(folder / f"{NAME}.md", f"{grid.markdown()}\n\n{how}\n")
    write_text(folder / f"{NAME}.tex", f"% {how}\n% Needs the package booktabs.\n{grid.latex()}")


def compared(
    dataset: Dataset, run: Mapping[str, Scores], other: Mapping[str, Scores], *, params: Evaluate
) -> pd.DataFrame:
    """A row per task: values of both runs in %, run minus other in points of % with its interval, p, and the verdict.

    run, other: member → scores, as `read_scores` gives them. Only queries that both have count; missing videos are
    left out of the ground truth (`available`).
    """
    found = paired_bootstrap(
        dataset, other, run, resamples=params.resamples, confidence=params.confidence, seed=params.seed
    )
    rows = [
        {
            "task": task,
            "metric": dataset.tasks[task].metric,
            "run_value": 100 * one.second,
            "other_value": 100 * one.first,
            "difference": 100 * one.difference,
            "low": 100 * one.low,
            "high": 100 * one.high,
            "p": one.p,
            "larger_than_noise": one.larger_than_noise,
        }
        for task, one in found.items()
    ]
    return pd.DataFrame(rows)


def differences_grid(table: pd.DataFrame) -> Grid:
    """Pairs × tasks, mAP before µAP: difference and interval; bold where the interval leaves out 0."""
    heads = table[["metric", "benchmark", "task"]].drop_duplicates().sort_values("metric", kind="stable")
    columns = pd.MultiIndex.from_frame(heads, names=[None] * 3)
    cells = table.assign(text=[_cell(row) for row in table.itertuples()])

    def wide(values: str) -> pd.DataFrame:
        pivoted = cells.pivot(index="label", columns=["metric", "benchmark", "task"], values=values)
        pivoted = pivoted.reindex(cells["label"].unique()).rename_axis(None).reindex(columns=columns)
        return pivoted.rename(columns=METRIC_LABELS, level=0)

    return Grid(wide("text"), wide("larger_than_noise").astype(bool))


def explanation(params: Evaluate) -> str:
    """How to read the table, in plain words."""
    return f"{how_drawn(params)} Bold: the interval leaves out 0. {VERDICT}"


def how_drawn(params: Evaluate) -> str:
    """What a difference and its interval are."""
    return (
        f"Points of %: the first run minus the second, and the interval that holds {100 * params.confidence:g} % of "
        f"{params.resamples:,} resamples, each of which draws queries and seeds anew, the same for both runs."
    )


def title(project: Project, run: str, other: str) -> str:
    """`A − B`, as the runs are called in tables."""
    runs = project.params.runs
    return f"{runs[run].label} − {runs[other].label}"


def scores_of(project: Project, run: str, benchmark: str) -> dict[str, Scores]:
    """Member → scores. Raises FileNotFoundError naming the command that makes a missing file."""
    file, described = project.scores_file(run, benchmark), project.params.runs[run]
    if not file.exists():
        stage = f"normalise@{described.of}" if isinstance(described, NormalisedRun) else f"score@{run}"
        raise FileNotFoundError(f"{file}: no such file; make it with `dvc repro {stage}-{benchmark}`")
    return read_scores(file)


def read_differences(project: Project) -> pd.DataFrame:
    """The table as it was written. Raises FileNotFoundError naming the command that makes it."""
    return read_csv(project.reports / "tables" / f"{NAME}.csv", f"dvc repro {NAME}")


def _cell(row: pd.Series) -> str:
    if pd.isna(row.difference):
        return "–"
    bounds = f"[{_number(row.low)},{NO_BREAK}{_number(row.high)}]"
    return f"{'+' if row.difference > 0 else ''}{_number(row.difference)} {bounds}"


def _number(value: float) -> str:
    """One decimal, two if one shows nothing; a real minus sign, none for zero."""
    text = next((text for text in (f"{value:.1f}", f"{value:.2f}") if float(text) != 0), "0.0")
    return text.replace("-", "−")
