"""`hapvr differences RUN OTHER`: the table of differences for any two runs, or for one run at two commits."""

from collections.abc import Iterable

import pandas as pd

from hapvr.datasets.dataset import Dataset, read_dataset
from hapvr.project import Project
from hapvr.reports.differences import VERDICT, compared, how_drawn, scores_of, title
from hapvr.reports.summary import METRIC_LABELS
from hapvr.storage.revision import Revision
from hapvr.storage.scores import Scores, read_scores


def difference_of_two(project: Project, run: str, other: str, *, benchmark: str | None, revision: str | None) -> str:
    """Per benchmark (all of params.yaml without `benchmark`) a table of `run` minus `other`, to be printed.

    revision: the commit whose scores of `other` are meant; None: those of the working tree.
    Raises ValueError for unknown names, FileNotFoundError for scores that are not there.
    """
    params = project.params
    _known("RUN", run, params.runs)
    _known("--benchmark", benchmark or params.benchmarks[0], params.benchmarks)
    past = Revision(project.root, revision) if revision else None
    if past is None:
        _known("OTHER", other, params.runs)
    parts = []
    for name in [benchmark] if benchmark else params.benchmarks:
        dataset = read_dataset(project.dataset_file(name))
        before = scores_of(project, other, name) if past is None else _earlier(project, past, other, dataset)
        table = compared(dataset, scores_of(project, run, name), before, params=params.evaluate)
        names = ("here", past.name) if past else (run, other)
        parts.append(f"{_title(project, run, other, past)}, {name}\n\n{_as_text(table, names)}")
    return "\n\n".join([*parts, f"{how_drawn(params.evaluate)} {VERDICT}"])


def _as_text(table: pd.DataFrame, names: tuple[str, str]) -> str:
    """names: of the two runs, as the heads of their values."""
    values = ["run_value", "other_value", "difference", "low", "high", "larger_than_noise"]
    shown = table[["task", "metric", *values]].replace({"metric": METRIC_LABELS})
    shown["larger_than_noise"] = table["larger_than_noise"].map({True: "yes", False: "no"})
    heads = ["task", "metric", *names, "difference", "from", "to", "larger than noise"]
    return str(shown.to_markdown(index=False, headers=heads, tablefmt="simple", floatfmt=".2f"))


def _title(project: Project, run: str, other: str, past: Revision | None) -> str:
    if past is None:
        return title(project, run, other)
    return f"{project.params.runs[run].label} − {other} at {past.name}"


def _earlier(project: Project, past: Revision, run: str, dataset: Dataset) -> dict[str, Scores]:
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


def _known(argument: str, name: str, accepted: Iterable[str]) -> None:
    if name not in accepted:
        raise ValueError(f"{argument} {name!r}: not in params.yaml; accepted: {', '.join(accepted)}")
