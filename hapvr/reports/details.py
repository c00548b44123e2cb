"""What stands behind a number of the page: its members, interval and counts, and the run that it is of."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import pandas as pd

from hapvr.reports.grid import NO_BREAK
from hapvr.reports.html_table import Details
from hapvr.reports.summary import METRIC_LABELS

Facts = list[tuple[str, str]]


class Detail(NamedTuple):
    """members: of the run, each with its value. runs: whose parameters follow. commands: what to do, and how."""

    title: str
    facts: Facts
    members: Facts
    runs: list[str]
    commands: Facts


def metric_key(run: str, benchmark: str, task: str, convention: str) -> str:
    return f"{run}/{benchmark}/{task}/{convention}"


def metric_detail(
    summary: Mapping[str, Any],
    members: pd.DataFrame,
    bounds: tuple[float, float] | None,
    *,
    task: str,
    confidence: float,
) -> Detail:
    """Behind a cell of a table of runs × tasks.

    summary: a row of `hapvr.reports.summary.summarise`. members: rows of the metrics of the same run, task and
    convention. bounds: of the interval over groups of queries, fractions; None where there is none. task: its name on
    the page.
    """
    run, benchmark = summary["run"], summary["benchmark"]
    count = len(members)
    facts = [("mean of its members" if count > 1 else "value", _percent(summary["mean"]))]
    if count > 1:
        facts.append(("standard deviation over members", f"{summary['sd']:.2f} points"))
    if bounds is not None and summary["convention"] == "available":
        low, high = (_percent(100 * bound) for bound in bounds)
        facts.append((f"{100 * confidence:g} % interval over queries", f"{low} to {high}"))
    missing = {"available": "left out of the ground truth", "strict": "count as never found"}[summary["convention"]]
    facts += [
        ("queries", _counted(summary, "queries")),
        ("relevant pairs", _counted(summary, "relevant")),
        ("missing videos", missing),
    ]
    if pd.notna(summary.get("paper")):
        facts.append(("reported in the paper, on other data", f"{summary['paper']:.1f} %"))
    values = [(str(row.member), _percent(row.value)) for row in members.itertuples()]
    title = f"{summary['label']}, {benchmark}: {METRIC_LABELS[summary['metric']]} of {task}"
    return Detail(title, facts, values if count > 1 else [], [run], _commands(run, benchmark))


def difference_key(run: str, other: str, benchmark: str, task: str) -> str:
    return f"{run}-{other}/{benchmark}/{task}"


def difference_detail(row: Mapping[str, Any], *, name: str, task: str, confidence: float) -> Detail:
    """Behind a cell of a table of differences; row: of its CSV. name: of the table. task: its name on the page."""
    tested = pd.notna(row["p"])
    labels = row["label"].split(" − ")
    facts = [
        *zip(labels, (_percent(row["run_value"]), _percent(row["other_value"])), strict=True),
        ("difference", f"{_signed(row['difference'])} points"),
        (f"{100 * confidence:g} % interval", f"{_signed(row['low'])} to {_signed(row['high'])} points"),
        ("p, of this cell alone", f"{row['p']:.4f}" if tested else "not tested"),
        ("p, with Holm's correction", f"{row['p_holm']:.4f}" if tested else "not tested"),
        ("larger than noise", "yes" if tested and row["larger_than_noise"] else "no"),
    ]
    title = f"{row['label']}, {row['benchmark']}: {METRIC_LABELS[row['metric']]} of {task}"
    again = [("Make it again", f"dvc repro differences@{name}"), _commit(f"reports/tables/differences_{name}.csv")]
    return Detail(title, facts, [], [row["run"], row["other"]], again)


def run_detail(label: str, run: str) -> Detail:
    """Behind a number that has no more than its run."""
    return Detail(label, [], [], [run], [])


def metric_cells(summary: pd.DataFrame, convention: str, names: Mapping[str, str]) -> Details:
    """Where the cells of a table of runs × tasks lead. names: task → its name on the page, if another."""
    rows = summary[summary["convention"] == convention]
    return {
        (str(row.label), str(row.benchmark), names.get(str(row.task), str(row.task))): (
            metric_key(str(row.run), str(row.benchmark), str(row.task), convention),
            str(row.run),
        )
        for row in rows.itertuples()
    }


def difference_cells(table: pd.DataFrame, names: Mapping[str, str]) -> Details:
    """Where the cells of a table of differences lead."""
    return {
        (str(row.label), str(row.benchmark), names.get(str(row.task), str(row.task))): (
            difference_key(str(row.run), str(row.other), str(row.benchmark), str(row.task)),
            str(row.run),
        )
        for row in table.itertuples()
    }


def _commands(run: str, benchmark: str) -> Facts:
    file = f"reports/metrics/{benchmark}/{run}.json"
    return [("Make it again", f"dvc repro evaluate@{run}-{benchmark}"), _commit(file)]


def _commit(file: str) -> tuple[str, str]:
    return "Commit that brought this number, with its dvc.lock", f"git log -1 -- {file}"


def _percent(value: float) -> str:
    return "none" if pd.isna(value) else f"{value:.2f}{NO_BREAK}%"


def _signed(value: float) -> str:
    return "none" if pd.isna(value) else f"{value:+.2f}".replace("-", "−")


def _counted(summary: Mapping[str, Any], kind: str) -> str:
    missing = summary[f"missing_{kind}"]
    return f"{summary[kind]}, {missing or 'none'} missing"
