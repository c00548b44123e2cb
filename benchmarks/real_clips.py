"""Real footage as a check: edits of any folder of video clips, and how well each run finds the clips in them.

    python benchmarks/real_clips.py FOLDER            # prints two tables, mAP and µAP: runs × edits
    python benchmarks/real_clips.py FOLDER --write    # and writes reports/benchmarks/real_clips.{csv,md}

Run it in a project that has a whitening and models (`dvc repro`). Every clip is a query; it ranks the edits of all
clips and the other clips. The edits: flip; crop, under a badge and a line of text; inset, shrunk, over the footage of
another clip; embedded, a middle part, between two parts of another clip; speed, and other colours; worse, half the size
and hardly any bits. For one kind of edit the query's other edits are left out of its ranking, and its AP is 1 / rank;
`all` ranks them together. Inset and embedded clips show another clip too: that one's ranking leaves them out. Clips
that share footage in the first place count as different ones: keep one of them in the folder.

Frames and features are made as params.yaml says. What is made is kept in the folder --work, and a second call goes on
there; remove it after a change of the code. A clip that is damaged, or shorter than 4 s, is listed and left out.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
from clip_edits import EDITS, Clip
from first_seconds import FPS, MINIMUM_S
from footage import Cut, Footage, list_reasons, make_footage

from hapvr.datasets.dataset import Dataset, Task, write_dataset
from hapvr.device import fastest_device
from hapvr.evaluation.tables import evaluate_run
from hapvr.project import Project, check_name, need
from hapvr.reports.summary import METRIC_LABELS
from hapvr.scoring.number_format import choose_number_format
from hapvr.scoring.reading import Subset
from hapvr.scoring.run import score_run
from hapvr.search.files.describe import Describer
from hapvr.search.index.indexing import update_index
from hapvr.search.index.store import Index
from hapvr.search.models import build_describer
from hapvr.storage.files import write_json, write_text
from hapvr.storage.resume import key_of
from hapvr.storage.scores import Scores

ALL = "all"
FEW = 20  # clips below which an interval says little
COLUMNS = {"value": "", "sd": "_sd", "low": "_low", "high": "_high"}  # and how `evaluate_run` ends their names


def make_dataset(footage: Footage, work: Path) -> Dataset:
    """Clips against all edits and clips, a label per kind of edit. work: the folder that the files lie below."""
    relevance: dict[str, dict[str, list[str]]] = {clip.id: {edit: [] for edit in EDITS} for clip in footage.clips}
    excluded: dict[str, list[str]] = {clip.id: [] for clip in footage.clips}
    for plan in footage.plans:
        relevance[plan.clip.id][plan.edit].append(plan.id)
        if plan.host:
            excluded[plan.host.id].append(plan.id)
    return Dataset(
        name="real_clips",
        videos={name: file.relative_to(work).as_posix() for name, file in footage.files.items()},
        queries=[clip.id for clip in footage.clips],
        database=list(footage.files),
        relevance=relevance,
        excluded=excluded,
        tasks=_tasks(list(EDITS)),
    )


def only(dataset: Dataset, edit: str) -> Dataset:
    """The dataset with one kind of edit relevant, and each query's other edits left out of its ranking."""
    excluded = {
        query: [*dataset.excluded[query], *(name for label in labels if label != edit for name in labels[label])]
        for query, labels in dataset.relevance.items()
    }
    return dataset.model_copy(update={"excluded": excluded, "tasks": _tasks([edit])})


def _tasks(labels: list[str]) -> dict[str, Task]:
    return {
        "mAP": Task(metric="mAP", labels=labels, interpolation="step"),
        "uAP": Task(metric="uAP", labels=labels, interpolation="step"),
    }


def find_models(project: Project, runs: Sequence[str], work: Path) -> tuple[dict[str, dict[str, Path]], dict[str, str]]:
    """Run → member → model folder, and run → reason of those that are not trained yet; a frozen run needs no stage.

    Raises ValueError for a name that params.yaml does not have, FileNotFoundError if no run has a model.
    """
    models, left_out = {}, {}
    for run in runs:
        check_name("run", run, project.params.scored, where="the runs with models of their own")
        if run in project.params.frozen:
            folder = work / "frozen" / run
            write_json(folder / "config.json", {"method": project.params.method_of(run)})
            models[run] = {"frozen": folder}
            continue
        try:
            models[run] = project.model_folders(run)
        except FileNotFoundError as error:
            left_out[run] = str(error)
    if not models:
        raise FileNotFoundError("\n".join(left_out.values()))
    return models, left_out


def update_features(work: Path, describer: Describer, files: Mapping[str, Path]) -> tuple[Index, dict[str, str]]:
    """Features of all files, extracted where they are not there yet, and id → reason of unreadable ones."""
    path = work / f"features-{key_of(describer.made_with)}.h5"
    index = Index(path, describer.made_with, rebuild=False)
    if not index.entries().keys() & files.keys():
        index = Index(path, describer.made_with, rebuild=True)
    return index, update_index(index, files, describer).unreadable


def evaluate_edits(project: Project, run: str, dataset: Dataset, members: Mapping[str, Scores]) -> pd.DataFrame:
    """A row per edit and metric: mean over members (a fraction), standard deviation, bootstrap interval over clips."""
    head = {"run": run, "label": project.params.runs[run].label, "members": len(members)}
    rows = []
    for edit in (*EDITS, ALL):
        of_edit = dataset if edit == ALL else only(dataset, edit)
        summary, _, _ = evaluate_run(of_edit, members, project.params.evaluate)
        for metric, values in summary.items():
            found = {name: values.get(f"{metric}{end}") for name, end in COLUMNS.items()}
            rows.append({**head, "edit": edit, "metric": metric, **found})
    return pd.DataFrame(rows)


def check(project: Project, footage: Footage, models: Mapping[str, Mapping[str, Path]], work: Path) -> pd.DataFrame:
    """The rows of every run, see `evaluate_edits`."""
    score = project.params.score
    dataset = make_dataset(footage, work)
    write_dataset(work / "dataset.json", dataset)
    index, unreadable = update_features(work, build_describer(project), footage.files)
    list_reasons("unreadable, missing in the results", unreadable)
    number_format = choose_number_format(score.number_format, fastest_device())
    tables = []
    with index.features() as features:
        queries, database = (
            Subset(features, [name for name in names if name not in unreadable])
            for names in (dataset.queries, dataset.database)
        )
        for run, members in models.items():
            print(f"{run}, {len(members)} model(s)", file=sys.stderr)
            scores = score_run(members, queries, database, options=score, number_format=number_format)
            tables.append(evaluate_edits(project, run, dataset, scores))
    return pd.concat(tables, ignore_index=True)


def markdown(table: pd.DataFrame, *, title: str, not_trained: Sequence[str]) -> str:
    """The rows for people, in %: one table for mAP and one for µAP, runs × edits."""
    cells = [f"{100 * row.value:.1f} [{100 * row.low:.0f}, {100 * row.high:.0f}]" for row in table.itertuples()]
    parts = [title]
    for metric, label in METRIC_LABELS.items():
        chosen = table.assign(cell=cells)[table.metric == metric]
        wide = chosen.pivot(index="label", columns="edit", values="cell")
        wide = wide.reindex(index=chosen.label.unique(), columns=chosen.edit.unique())
        parts.append(str(wide.rename_axis(label).to_markdown()))
    if not_trained:
        parts.append(f"Left out, not trained: {', '.join(not_trained)}.")
    return "\n\n".join(parts) + "\n"


def describe(clips: Sequence[Clip], *, seed: int, confidence: float) -> str:
    """What the tables are of, in a paragraph."""
    text = (
        f"{len(clips)} clips, {sum(clip.frames for clip in clips) / FPS:.0f} s together; {len(EDITS)} edits of each, "
        f"drawn with seed {seed}. Every clip ranks the edits of all clips and the other clips. Values in %: mean over "
        f"training seeds [{100 * confidence:g} % bootstrap interval over clips]."
    )
    few = f" With {len(clips)} clips an interval is rough, and [100, 100] is no certainty."
    return text + few * (len(clips) < FEW)


def run(arguments: argparse.Namespace) -> None:
    project = Project.find()
    params, work = project.params, (arguments.work or project.root / "data" / ".real_clips").resolve()
    models, not_trained = find_models(project, arguments.runs or params.scored, work)
    list_reasons("runs left out", not_trained)
    need(project.whitening_file(params.backbone), f"whiten@{params.backbone}")
    cut = Cut(arguments.seconds, arguments.wall, params.frames.limits)
    footage = make_footage(arguments.folder, work, cut, seed=arguments.seed)
    table = check(project, footage, models, work)
    title = describe(footage.clips, seed=arguments.seed, confidence=params.evaluate.confidence)
    text = markdown(table, title=title, not_trained=list(not_trained))
    print(text)
    if arguments.write:
        result = project.reports / "benchmarks" / "real_clips"
        write_text(result.with_suffix(".csv"), table.to_csv(index=False, float_format="%.6g", lineterminator="\n"))
        write_text(result.with_suffix(".md"), text)


def parse(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="of video files, at any depth; two or more")
    parser.add_argument("--runs", nargs="+", metavar="NAME", help="of params.yaml; by default all that have a model")
    parser.add_argument("--seconds", type=int, default=60, help="longest clip, of longer ones the beginning; 60")
    parser.add_argument("--seed", type=int, default=0, help="of what is random in edits; 0")
    parser.add_argument("--work", type=Path, help="where clips, edits and features are kept; data/.real_clips")
    parser.add_argument("--wall", type=float, default=300, help="seconds that cutting one clip may take; 300")
    parser.add_argument("--write", action="store_true", help="write reports/benchmarks/real_clips.csv and .md")
    arguments = parser.parse_args(words)
    if arguments.seconds < MINIMUM_S:
        parser.error(f"--seconds {arguments.seconds}: expected {MINIMUM_S} or more")
    if arguments.work and arguments.work.resolve().is_relative_to(arguments.folder.resolve()):
        parser.error(f"--work {arguments.work}: lies in the folder of clips; choose another one")
    return arguments


if __name__ == "__main__":
    try:
        run(parse())
    except (ValueError, OSError) as error:
        sys.exit(f"real_clips: {error}")
