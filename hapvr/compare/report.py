"""A comparison in words and tables, the same for terminal, pull request and page."""

from collections.abc import Iterator

import pandas as pd

from hapvr.compare.code import shorten
from hapvr.compare.comparison import Compared, Comparison
from hapvr.compare.document import Bullets, Heading, Paragraph, Part, Table
from hapvr.compare.metrics import Pair
from hapvr.compare.queries import most_changed
from hapvr.reports.availability import found_sentences
from hapvr.reports.differences import VERDICT, how_drawn
from hapvr.reports.grid import signed
from hapvr.reports.summary import METRIC_LABELS

NOTHING = "Nothing differs: parameters, code, ground truth and scores are the same."
BETTER, WORSE, UNCLEAR, EQUAL, ALONE = "better", "worse", "not told from noise", "no difference", "not tested"


def describe(comparison: Comparison, *, queries: int) -> list[Part]:
    """The whole report; queries: how many that gained, and how many that lost, are listed."""
    parts: list[Part] = [Heading(f"{comparison.first.name} → {', '.join(_names(comparison))}", level=1)]
    if len(comparison.compared) == 1 and comparison.compared[0].is_same:
        return [*parts, Paragraph(NOTHING), *_notes(comparison)]
    parts.append(Paragraph(summary_sentence(comparison)))
    for compared in comparison.compared:
        parts += _what_differs(comparison, compared)
    return [*parts, *_metrics(comparison), *_queries(comparison, queries), *_notes(comparison)]


def summary_sentence(comparison: Comparison) -> str:
    """How many cells are better, worse, or cannot be told from noise, and which the first two are."""
    table = comparison.table
    verdicts = [verdict_of(row) for row in table.itertuples()]
    if not verdicts:
        return "No metric differs."
    counts = {word: verdicts.count(word) for word in (BETTER, WORSE, UNCLEAR, EQUAL, ALONE)}
    said = [f"{number} {word}" for word, number in counts.items() if number or word in (BETTER, WORSE)]
    text = f"{len(verdicts)} {'cell' if len(verdicts) == 1 else 'cells'} of run and task: {', '.join(said)}."
    for word in (BETTER, WORSE):
        rows = table[[verdict == word for verdict in verdicts]]
        if len(rows):
            text += f" {word.capitalize()}: {shorten([f'{row.run} on {row.task}' for row in rows.itertuples()], 8)}."
    return text


def verdict_of(row: pd.Series) -> str:
    """One word or two for a row of a comparison's table."""
    if pd.isna(row.p):
        return ALONE if pd.isna(row.low) else EQUAL
    if not row.larger_than_noise:
        return UNCLEAR
    return BETTER if row.difference > 0 else WORSE


def _names(comparison: Comparison) -> list[str]:
    return [compared.state.name for compared in comparison.compared]


def _what_differs(comparison: Comparison, compared: Compared) -> Iterator[Part]:
    first, other = comparison.first.name, compared.state.name
    yield Heading("What differs" if len(comparison.compared) == 1 else f"What differs in {other}")
    if compared.parameters:
        yield Table(["parameter", first, other], [list(change) for change in compared.parameters], code=(0, 1, 2))
    else:
        yield Paragraph("Parameters: none.")
    if compared.code:
        rows = [[stage, items or "all"] for stage, items in compared.code.items()]
        yield Table(["stage with other code", "of"], rows, code=(0,))
    else:
        yield Paragraph("Code of stages: none.")
    yield Bullets(_availability_lines(comparison, compared))


def _availability_lines(comparison: Comparison, compared: Compared) -> list[str]:
    lines = []
    for name, (old, new) in compared.availability.items():
        said = [found_sentences({name: content})[0] if content else f"{name}: not counted." for content in (old, new)]
        if old == new:
            lines.append(f"{said[0].removesuffix('.')}, in both.")
        else:
            lines.append(f"{comparison.first.name}: {said[0]} {compared.state.name}: {said[1]}")
    return lines


def _metrics(comparison: Comparison) -> Iterator[Part]:
    yield Heading("Metrics")
    several, table = len(comparison.compared) > 1, comparison.table
    if len(table):
        heads = [*(["revision"] if several else []), "run", "benchmark", "task"]
        names = _names(comparison)
        new = "value" if several else names[0]
        rows = [
            [*([names[row.place]] if several else []), row.run, row.benchmark, *_cells(row)]
            for row in table.itertuples()
        ]
        numbers = tuple(range(len(heads), len(heads) + 4))
        heads += [comparison.first.name, new, "difference", "p", "verdict"]
        yield Table(heads, rows, numbers=numbers)
        tested = [
            how_drawn(comparison.drawn.resamples, comparison.drawn.confidence).replace("first run", "second state")
        ]
        text = tested[0].replace("minus the second,", "minus the first,")
        yield Paragraph(f"{text} {VERDICT}" if table["p"].notna().any() else "Values alone: nothing was tested.")
    for compared in comparison.compared:
        if lines := _pair_lines(compared, prefix=f"{compared.state.name}: " if several else ""):
            yield Bullets(lines)


def _cells(row: pd.Series) -> list[str]:
    bounds = "" if pd.isna(row.low) else f" [{signed(row.low)}, {signed(row.high)}]"
    task = f"{row.task} {METRIC_LABELS[row.metric]}"
    values = [f"{row.other_value:.2f}", f"{row.run_value:.2f}", signed(row.difference) + bounds]
    return [task, *values, probability(row.p_holm), verdict_of(row)]


def probability(p: float) -> str:
    """Four decimals; empty where nothing was tested."""
    if pd.isna(p):
        return ""
    return "< 0.0001" if p < 0.0001 else f"{p:.4f}"


def _pair_lines(compared: Compared, prefix: str) -> list[str]:
    measured, lines = compared.measured, []
    if measured.unchanged:
        lines.append(f"Unchanged, scores the same byte for byte: {list_pairs(measured.unchanged)}.")
    lines += [f"Not tested, {list_pairs(pairs)}: {reason}." for reason, pairs in measured.alone.items()]
    if compared.lacking:
        lines.append(f"Without results on one side: {list_pairs(compared.lacking)}.")
    if compared.only_here:
        lines.append(f"New: {list_pairs(compared.only_here)}.")
    if compared.only_first:
        lines.append(f"Gone: {list_pairs(compared.only_first)}.")
    return [prefix + line for line in lines]


def list_pairs(pairs: list[Pair]) -> str:
    """`a, b on x and y; c on x`: runs that are on the same benchmarks together."""
    benchmarks: dict[str, list[str]] = {}
    for run, benchmark in pairs:
        benchmarks.setdefault(run, []).append(benchmark)
    runs: dict[str, list[str]] = {}
    for run, names in benchmarks.items():
        runs.setdefault(", ".join(names), []).append(run)
    return "; ".join(f"{shorten(names, 40)} on {on}" for on, names in runs.items())


def _queries(comparison: Comparison, number: int) -> Iterator[Part]:
    changes = comparison.changes
    if not number or not len(changes):
        return
    yield Heading("Queries that gained or lost most")
    several = len(comparison.compared) > 1
    gained, lost = most_changed(changes, number)
    rows = [
        [*([_names(comparison)[row.place]] if several else []), *_query_cells(row)]
        for part in (gained, lost)
        for row in part.itertuples()
    ]
    heads = [*(["revision"] if several else []), "run", "benchmark", "task", "query", "AP before", "after", "change"]
    last = len(heads)
    yield Table(heads, rows, code=(last - 4,), numbers=(last - 3, last - 2, last - 1))
    total = int((changes["change"] > 0).sum()), int((changes["change"] < 0).sum())
    yield Paragraph(
        f"AP in %, mean over seeds, of each benchmark's first mAP task. In all {total[0]:,} gained, {total[1]:,} lost."
    )


def _query_cells(row: pd.Series) -> list[str]:
    return [row.run, row.benchmark, row.task, row.query, f"{row.old:.1f}", f"{row.new:.1f}", signed(row.change)]


def _notes(comparison: Comparison) -> Iterator[Part]:
    if comparison.outdated:
        yield Heading("Results older than their parameters or code")
        lines = [
            f"{name}: {len(stages)} {'stage was' if len(stages) == 1 else 'stages were'} last run with others: "
            f"{shorten(stages)}. What follows from them is old too; `dvc repro` brings it up to date."
            for name, stages in comparison.outdated.items()
        ]
        yield Bullets(lines)
