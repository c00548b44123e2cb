"""The page and the curves that are written from the results of experiments."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
from experiments import FROZEN, Experiment, Row

from hapvr.datasets.dataset import Dataset
from hapvr.reports.sensitivity import POINTS, setting

TITLES = {
    "choices": "Choices of the embedded preset",
    "method_choices": "Choices of the other methods",
    "sensitivity": "Sensitivity to δ, ρ and the two rates",
}
INTRODUCTION = """# {title}

Written by `python benchmarks/choices.py{arguments}` from `{experiments}` and `{results}`; not edited by hand.

What the embedded preset trains with was chosen on `{name}` alone: a development benchmark of {queries} queries and
{database} database videos, rendered as the test benchmarks are, of incidents that neither they nor the training set
show. It is in no table, and no test benchmark was looked at for a choice.

Every table has a row per run and variant; what a variant does not name is as in `params.yaml`, or as its section says.
Values in %: mean ± standard deviation over seeds (n − 1). *Score* is the mean over the tasks, by which was chosen.
*Difference*: its score minus that of what was taken (bold), seed by seed, since seeds share first weights and batches;
*÷ s.e.*: divided by its standard error over seeds. *Seconds*: of training and scoring one model, several at once.
"""
PICTURE = "![Learning curves](../reports/figures/learning_curves.png)\n"


def as_table(rows: Iterable[Row], results: pd.DataFrame) -> pd.DataFrame:
    """A line per row: experiment, run, variant, seed, steps, videos, plain, there, and the columns of its result."""
    lines = [
        {
            "experiment": row.experiment,
            "run": row.run,
            "variant": row.variant,
            "seed": row.trial.seed,
            "steps": row.trial.steps,
            "videos": row.trial.videos,
            "plain": row.plain,
            "there": row.digest in results.index,
            "digest": row.digest,
        }
        for row in rows
    ]
    return pd.DataFrame(lines).join(results.drop(columns=["run", "seed"]), on="digest")


def as_curves(experiments: Iterable[Experiment], rows: Iterable[Row], results: pd.DataFrame, *, videos: int) -> str:
    """CSV of the experiments that are curves: axis (steps, videos, frozen), value, run, seed, score.

    videos: how many training videos there are in all.
    """
    table = as_table(rows, results)
    table["videos"] = table["videos"].fillna(videos).astype(int)
    parts = []
    for experiment in experiments:
        if experiment.curve is not None:
            part = table[(table.experiment == experiment.name) & table.there].copy()
            frozen = part.variant == FROZEN
            part["axis"] = experiment.curve
            part["value"] = part[experiment.curve]
            part.loc[frozen, ["axis", "value"]] = ["frozen", 0]
            parts.append(part)
    columns = ["axis", "value", "run", "seed", "score"]
    curves = pd.concat(parts)[columns].drop_duplicates() if parts else pd.DataFrame(columns=columns)
    curves["seed"] = curves["seed"].astype("Int64")
    return str(curves.to_csv(index=False, float_format="%.6g", lineterminator="\n"))


def as_points(
    experiments: Iterable[Experiment], rows: Iterable[Row], results: pd.DataFrame, dataset: Dataset
) -> pd.DataFrame:
    """What there is of the experiments that sweep a parameter, as the sensitivity has it: a row per model and task."""
    swept = {experiment.name: experiment.sweep for experiment in experiments if experiment.sweep is not None}
    points = [
        {
            "parameter": swept[row.experiment],
            "setting": setting(swept[row.experiment], method=row.trial.method, losses=row.trial.losses),
            "own": row.plain,
            "run": row.run,
            "member": str(row.trial.seed),
            "benchmark": dataset.name,
            "task": name,
            "metric": task.metric,
            "value": results.loc[row.digest, name],
        }
        for row in rows
        if row.experiment in swept and row.digest in results.index
        for name, task in dataset.tasks.items()
    ]
    return pd.DataFrame(points, columns=POINTS).dropna(subset=["value"])


def as_page(
    experiments: Sequence[Experiment], rows: Iterable[Row], results: pd.DataFrame, dataset: Dataset, *, book: Any
) -> str:
    """An introduction and a section for each experiment. book: the files that they come from and the page's."""
    table = as_table(rows, results)
    introduction = INTRODUCTION.format(
        title=TITLES.get(book.experiments.stem, "Further choices of the embedded preset"),
        arguments="" if book.curves else f" --experiments {book.experiments}",
        experiments=book.experiments,
        results=book.results,
        name=dataset.name,
        queries=len(dataset.queries),
        database=len(dataset.database),
    )
    introduction += f"\n{PICTURE}" if book.curves else ""
    sections = [_section(experiment, table[table.experiment == experiment.name], dataset) for experiment in experiments]
    return "\n".join([introduction, *sections])


def _section(experiment: Experiment, table: pd.DataFrame, dataset: Dataset) -> str:
    columns = ["run", "variant", "score", "difference", "÷ s.e.", *dataset.tasks, "seconds"]
    lines = [
        f"## {experiment.name.replace('_', ' ').capitalize()}",
        "",
        experiment.question,
        *_given(experiment),
        "",
        f"| {' | '.join(columns)} |",
        f"|{'---|' * len(columns)}",
    ]
    groups = table.groupby(["run", "variant"], sort=False)
    # A run's variants together, runs and variants in the order in which they are asked for.
    order = list(table.run.unique())
    for (run, variant), group in sorted(groups, key=lambda item: order.index(item[0][0])):
        taken = experiment.taken_of(str(run))
        of_taken = table[(table.run == run) & (table.variant == taken)]
        label = f"**{variant}**" if variant == taken else str(variant)
        cells = [f"`{run}`", label, _mean(group, "score"), *_difference(group, of_taken)]
        cells += [_mean(group, task) for task in dataset.tasks]
        cells.append(f"{group.seconds.mean():.0f}" if group.there.any() else "")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", _taken(experiment, table), ""])


def _given(experiment: Experiment) -> list[str]:
    if not experiment.given:
        return []
    return ["", "In all variants: " + ", ".join(f"`{key}: {value}`" for key, value in experiment.given.items()) + "."]


def _mean(group: pd.DataFrame, column: str) -> str:
    """Mean and standard deviation over seeds, of how many if not of all."""
    there = group[group.there]
    if there.empty:
        return "–"
    values = there[column]
    if values.isna().any():
        return f"not finite ({values.isna().sum()} of {len(there)} seeds)" if column == "score" else "–"
    text = f"{values.mean():.1f}" + (f" ± {values.std():.1f}" if len(values) > 1 else "")
    return text + (f" ({len(there)} of {len(group)} seeds)" if len(there) < len(group) and column == "score" else "")


def _difference(group: pd.DataFrame, taken: pd.DataFrame) -> list[str]:
    """Of the score to that of what was taken, over the seeds of both, and divided by its standard error."""
    if group.equals(taken):
        return ["", ""]
    both = group.merge(taken, on="seed", suffixes=("", "_taken"))
    differences = (both.score - both.score_taken).dropna()
    if differences.empty:
        return ["", ""]
    error = differences.std() / math.sqrt(len(differences)) if len(differences) > 1 else 0
    return [f"{differences.mean():+.1f}", f"{differences.mean() / error:+.1f}" if error else ""]


def _taken(experiment: Experiment, table: pd.DataFrame) -> str:
    """What was taken and why, and whether params.yaml has it."""
    if experiment.taken is None:
        return "Not chosen yet."
    taken: Any = experiment.taken
    listed = ", ".join(f"`{run}`: {label}" for run, label in taken.items()) if isinstance(taken, dict) else taken
    of_taken = table[
        [variant == experiment.taken_of(run) for run, variant in zip(table.run, table.variant, strict=True)]
    ]
    other = sorted(set(of_taken.run[~of_taken.plain.astype(bool)]))
    note = (
        f" params.yaml has another value for {', '.join(f'`{run}`' for run in other)} now."
        if other and not experiment.given
        else ""
    )
    return f"Taken: {listed}. {experiment.because}{note}".strip()
