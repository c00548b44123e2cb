"""How much better one run is than another on every task, and whether that is more than noise."""

import pandas as pd

from hapvr.evaluation.bootstrap import ResampledRun, paired_bootstrap
from hapvr.evaluation.holm import holm
from hapvr.reports.grid import NO_BREAK, Grid, by_task
from hapvr.reports.summary import METRIC_LABELS

VERDICT = (
    "p: two-sided, of the difference over its bootstrap standard error (Student's t with as many degrees of freedom as "
    "there are groups of queries, less one), with Holm's correction for all cells that are tested together: where no "
    "run is truly better, it is rare (5 % at a confidence of 95 %) that any cell looks larger than noise. A cell in "
    "which no resample differs is not tested. What is not larger than noise may be chance, and two or three seeds say "
    "little about other seeds."
)


def compare_runs(run: ResampledRun, other: ResampledRun, *, confidence: float) -> pd.DataFrame:
    """A row per task: values of both runs in %, run minus other in points of % with its interval, and p.

    Only queries that both have count; missing videos are left out of the ground truth (`available`).
    """
    rows = [
        {
            "task": task,
            "metric": run.tasks[task].metric,
            "run_value": 100 * one.second,
            "other_value": 100 * one.first,
            "difference": 100 * one.difference,
            "low": 100 * one.low,
            "high": 100 * one.high,
            "p": one.p,
        }
        for task, one in paired_bootstrap(other, run, confidence=confidence).items()
    ]
    return pd.DataFrame(rows)


def with_verdicts(table: pd.DataFrame, confidence: float) -> pd.DataFrame:
    """Rows of `compare_runs` that are tested together, with `p_holm` and `larger_than_noise`."""
    p_holm = holm(table["p"].to_numpy(float))
    return table.assign(p_holm=p_holm, larger_than_noise=p_holm < 1 - confidence)


def differences_grid(table: pd.DataFrame) -> Grid:
    """Pairs × tasks, mAP before µAP: difference and interval; bold where it is larger than noise."""
    cells = table.assign(text=[_cell(row) for row in table.itertuples()])
    return Grid(by_task(cells, "text"), by_task(cells, "larger_than_noise").astype(bool))


def explanation(resamples: int, confidence: float) -> str:
    """How to read the table, in plain words."""
    drawn = how_drawn(resamples, confidence)
    return f"{drawn} Bold: larger than noise, p below {1 - confidence:.2g}. {VERDICT}"


def how_drawn(resamples: int, confidence: float) -> str:
    """What a difference and its interval are."""
    return (
        f"Points of %: the first run minus the second, and the interval that holds {100 * confidence:g} % of "
        f"{resamples:,} resamples, each of which draws queries and seeds anew, the same for both runs; queries that "
        "belong together (an incident, an event, a relevant video in common) are drawn together."
    )


def as_text(table: pd.DataFrame, names: tuple[str, str]) -> str:
    """Rows of `with_verdicts` for a terminal. names: of the two runs, as the heads of their values."""
    values = ["run_value", "other_value", "difference", "low", "high", "p_holm", "larger_than_noise"]
    shown = table[["task", "metric", *values]].replace({"metric": METRIC_LABELS})
    shown["larger_than_noise"] = table["larger_than_noise"].map({True: "yes", False: "no"})
    heads = ["task", "metric", *names, "difference", "from", "to", "p", "larger than noise"]
    formats = [".2f" if head != "p" else ".4f" for head in heads]
    return str(shown.to_markdown(index=False, headers=heads, tablefmt="simple", floatfmt=formats))


def _cell(row: pd.Series) -> str:
    if pd.isna(row.difference):
        return "–"
    bounds = f"[{_number(row.low)},{NO_BREAK}{_number(row.high)}]"
    return f"{'+' if row.difference > 0 else ''}{_number(row.difference)} {bounds}"


def _number(value: float) -> str:
    """One decimal, two if one shows nothing; a real minus sign, none for zero."""
    text = next((text for text in (f"{value:.1f}", f"{value:.2f}") if float(text) != 0), "0.0")
    return text.replace("-", "−")
