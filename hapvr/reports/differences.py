"""How much better one run is than another on every task, and whether that is more than noise."""

from collections.abc import Mapping

import pandas as pd

from hapvr.datasets.dataset import Dataset
from hapvr.evaluation.bootstrap import paired_bootstrap
from hapvr.evaluation.options import Evaluate
from hapvr.reports.grid import NO_BREAK, Grid
from hapvr.reports.summary import METRIC_LABELS
from hapvr.storage.scores import Scores

VERDICT = (
    "A difference whose interval leaves out 0 is larger than the noise of queries and seeds; any other may be chance. "
    "Of many differences a few leave out 0 by chance too, and two or three seeds say little about other seeds."
)


def compare_runs(
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


def as_text(table: pd.DataFrame, names: tuple[str, str]) -> str:
    """A table of `compare_runs` for a terminal. names: of the two runs, as the heads of their values."""
    values = ["run_value", "other_value", "difference", "low", "high", "larger_than_noise"]
    shown = table[["task", "metric", *values]].replace({"metric": METRIC_LABELS})
    shown["larger_than_noise"] = table["larger_than_noise"].map({True: "yes", False: "no"})
    heads = ["task", "metric", *names, "difference", "from", "to", "larger than noise"]
    return str(shown.to_markdown(index=False, headers=heads, tablefmt="simple", floatfmt=".2f"))


def _cell(row: pd.Series) -> str:
    if pd.isna(row.difference):
        return "–"
    bounds = f"[{_number(row.low)},{NO_BREAK}{_number(row.high)}]"
    return f"{'+' if row.difference > 0 else ''}{_number(row.difference)} {bounds}"


def _number(value: float) -> str:
    """One decimal, two if one shows nothing; a real minus sign, none for zero."""
    text = next((text for text in (f"{value:.1f}", f"{value:.2f}") if float(text) != 0), "0.0")
    return text.replace("-", "−")
