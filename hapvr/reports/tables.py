"""Tables of runs × tasks as Markdown and LaTeX, to read."""

from collections.abc import Mapping

import pandas as pd

from hapvr.reports import intervals, learnt_from, reported
from hapvr.reports.grid import Grid, in_latex, intervals_grid, methods_grid, ticked_grid
from hapvr.reports.summary import missing

EXPLANATION = (
    "Values in %: mean ± standard deviation over seeds (n − 1); runs without ± have one member. Bold: the best of a "
    "column and every run that is not worse than it by more than the noise of queries and seeds (paired resamples, "
    "Holm's correction over the table); no bold where nothing could be tested."
)
AVAILABLE = "Missing videos are left out of the ground truth here, as in published numbers (`available`)."
VIDEOS = "Videos that the numbers are of:"
STRICT = "Missing videos count as never found (`strict`)."

LABELS, TRAINING_SET = "labels", "training set"
"""Columns of the table of methods."""

Ticks = Mapping[str, Mapping[str, bool | str]]


def make_grids(summary: pd.DataFrame, ticks: Ticks) -> dict[str, Grid]:
    """Convention → table. The strict one is there only if a video is missing: without, both are the same.

    ticks: label of a run → what it has, in columns of their own, a tick or a text; empty: without such columns.
    """
    conventions = ["available"] if missing(summary).empty else ["available", "strict"]
    if not ticks:
        return {convention: methods_grid(summary, convention) for convention in conventions}
    return {convention: ticked_grid(summary, convention, ticks) for convention in conventions}


def missing_sentences(summary: pd.DataFrame) -> list[str]:
    """Per task what is missing, as sentences; empty if nothing is."""
    return [
        f"{row.benchmark} {row.task}: {row.missing_queries} of {row.queries} queries"
        f" and {row.missing_relevant} of {row.relevant} relevant videos are missing."
        for row in missing(summary).itertuples()
    ]


def as_markdown(grids: Mapping[str, Grid], summary: pd.DataFrame, found: list[str], *, confidence: float) -> str:
    """The tables of `make_grids`, with intervals and what is missing. found: a line per benchmark, below it."""
    lines = "\n".join(f"- {sentence}" for sentence in found)
    parts = [grids["available"].markdown(), f"{VIDEOS}\n\n{lines}", _explain(grids)]
    parts += [intervals.explanation(confidence), intervals_grid(summary).markdown()]
    if "strict" in grids:
        listed = "\n".join(f"- {sentence}" for sentence in missing_sentences(summary))
        parts += [AVAILABLE, listed, STRICT, grids["strict"].markdown()]
    return "\n\n".join(parts) + "\n"


def as_latex(grids: Mapping[str, Grid], summary: pd.DataFrame, found: list[str], *, confidence: float) -> str:
    """The tables of `make_grids` and intervals, with what is missing in comments. found: a line per benchmark."""
    text = _comment([_explain(grids), "Needs the packages booktabs and amssymb."]) + grids["available"].latex()
    text += "".join(f"\\par{{\\footnotesize {in_latex(sentence)}\\par}}\n" for sentence in found)
    text += (
        f"\\par{{\\footnotesize {in_latex(intervals.explanation(confidence))}\\par}}\n"
        + intervals_grid(summary).latex()
    )
    if "strict" in grids:
        text += _comment([AVAILABLE, *missing_sentences(summary), STRICT]) + grids["strict"].latex()
    return text


def _explain(grids: Mapping[str, Grid]) -> str:
    grid = grids["available"]
    columns = {str(name) for _, _, name in grid.text.columns}
    return " ".join(
        [
            EXPLANATION,
            *([learnt_from.EXPLANATION] if TRAINING_SET in columns else []),
            *([reported.EXPLANATION] if grid.reported else []),
        ]
    )


def _comment(lines: list[str]) -> str:
    return "".join(f"% {line}\n" for line in lines)
