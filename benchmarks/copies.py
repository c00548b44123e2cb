"""Which model finds copies of real clips best, how sure its answers are, and whether they hold on other clips.

    python benchmarks/copies.py DEVELOPMENT HELD_OUT            # folders of clips, whose edits are made; prints tables
    python benchmarks/copies.py DEVELOPMENT HELD_OUT --write    # and writes what follows from them

Edits are those of `benchmarks/real_clips.py`. On the clips in DEVELOPMENT runs are compared; on them and on rendered
videos (`mini_dev` where `benchmarks/choices.py` has made it, else the labelled core of the training set) they are
calibrated; on HELD_OUT the answers are tested. `--write` writes hapvr/search/answers/calibration.json and, between its
marks, the tables of docs/search.md. What is made is kept in --work.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from clip_edits import EDITS
from copies_page import answers_text, precision_table, put_between_marks, recall_table
from copy_choice import choose
from copy_pairs import COPY, OTHER, SCENE
from copy_study import (
    Source,
    average_precision,
    calibrate,
    describing_s,
    recall,
    see_footage,
    see_rendered,
    study,
    sure,
)  # fmt: skip
from footage import Cut, list_reasons, make_footage
from real_clips import find_models
from torch import nn

from hapvr.methods.model import load_model
from hapvr.project import Project
from hapvr.search.answers.calibration import FILE, Logistic, calibrated_for
from hapvr.search.files.describe import Describer
from hapvr.search.models import build_describer, with_parts
from hapvr.storage.files import write_json

TITLES = {"development": "Development clips", "held_out": "Held-out clips, on which nothing was chosen"}
MADE_BY = "benchmarks/copies.py"
PARTIAL = ("crop", "inset")  # edits that a thorough search is for: it takes long to describe frames with their parts


@dataclass(frozen=True)
class Studied:
    """tables: rows of `study` of development clips, of held-out clips and, if they were studied, of rendered videos."""

    tables: list[pd.DataFrame]

    @property
    def development(self) -> pd.DataFrame:
        return self.tables[0]

    @property
    def held_out(self) -> pd.DataFrame:
        return self.tables[1]

    @property
    def fitted_on(self) -> pd.DataFrame:
        return pd.concat([self.tables[0], *self.tables[2:]], ignore_index=True)


def study_all(models: Mapping[str, nn.Module], sources: Sequence[Source], memory_gb: float) -> dict[str, Studied]:
    """Run → its rows on development clips, held-out clips and rendered videos."""
    found = {}
    for run, model in models.items():
        print(run, file=sys.stderr)
        looked = next(iter(found.values())).tables if found else [None] * len(sources)
        tables = [study(model, of, memory_gb=memory_gb, looked=one) for of, one in zip(sources, looked, strict=True)]
        found[run] = Studied(tables)
    return found


def describe_calibration(project: Project, run: str, describer: Describer, studied: Studied) -> dict[str, Any]:
    """An entry of calibration.json."""
    fitted = studied.fitted_on
    return {
        "run": run,
        "method": project.params.method_of(run),
        "made_with": calibrated_for(describer.made_with),
        **{name: asdict(of) for name, of in calibrate(fitted).items()},
        "fitted_on": {kind: int((fitted.kind == kind).sum()) for kind in (COPY, SCENE, OTHER)},
    }


def run(arguments: argparse.Namespace) -> None:
    project = Project.find()
    params, work = project.params, (arguments.work or project.root / "data" / ".copies").resolve()
    folders, left_out = find_models(project, arguments.runs or params.scored, work)
    list_reasons("runs left out", left_out)
    models = {name: load_model(next(iter(of.values())), params.whiten.dims) for name, of in folders.items()}
    cut = Cut(arguments.seconds, arguments.wall, params.frames.limits)
    footages = [
        make_footage(folder, work / name, cut, seed=arguments.seed)
        for name, folder in (("development", arguments.development), ("held_out", arguments.held_out))
    ]
    places = [work / "development", work / "held_out"]
    plain = build_describer(project)
    thorough = with_parts(project, plain)
    memory_gb = params.score.memory_gb
    sources = [see_footage(plain, *of, edits=EDITS) for of in zip(footages, places, strict=True)]
    studied = study_all(models, [*sources, see_rendered(project)], memory_gb)
    chosen = choose({name: of.development for name, of in studied.items()}, params.frozen)
    sources = [see_footage(thorough, *of, edits=PARTIAL) for of in zip(footages, places, strict=True)]
    closely = study_all({chosen: models[chosen]}, sources, memory_gb)[chosen]
    entries = [describe_calibration(project, name, plain, of) for name, of in studied.items()]
    entries.append(describe_calibration(project, chosen, thorough, closely))
    parts = write_up(project, studied, closely, entries, chosen=chosen)
    usual, longer = (describing_s(describer, footages[0]) for describer in (plain, thorough))
    parts.append(
        f"Describing a video thoroughly takes {longer / usual:.1f} × the CPU time ({thorough.views} views at "
        f"{thorough.made_with['fps']:g} frames a second instead of one at {plain.made_with['fps']:g}), its index "
        f"{thorough.views * thorough.made_with['fps'] / plain.made_with['fps']:.2f} × the space."
    )
    print("\n\n".join(parts))
    if arguments.write:
        write_json(FILE, {"made_by": MADE_BY, "calibrations": entries})
        put_between_marks(project.root / "docs" / "search.md", parts)


def write_up(
    project: Project,
    studied: Mapping[str, Studied],
    closely: Studied,
    entries: Sequence[Mapping[str, Any]],
    *,
    chosen: str,
) -> list[str]:
    """Tables and what they are of: the choice on development clips, then how it holds on the held-out ones."""
    labels, threshold = {name: run.label for name, run in project.params.runs.items()}, project.params.search.threshold
    plain = next(entry for entry in entries if entry["run"] == chosen)
    answers = {f"{labels[chosen]}, its answers": (studied[chosen], plain), "thorough": (closely, entries[-1])}
    why = (
        "by the mean of mAP and µAP on the development clips no run is better by more than the noise of clips, and of "
        "those that noise cannot tell apart it is the best without training"
    )
    parts = [f"`search.run` is `{chosen}` ({labels[chosen]}): {why}."]
    for name, title in TITLES.items():
        rows = {labels[run]: average_precision(getattr(of, name), "score") for run, of in studied.items()}
        for label, (of, entry) in answers.items():
            table = getattr(of, name)
            rows[label] = average_precision(table.assign(sure=sure(Logistic(**entry["copy"]), table)), "sure")
        clips = getattr(studied[chosen], name).pipe(lambda table: table[table.edit.isin(EDITS)])["query"].nunique()
        parts += [f"{title}, {clips} clips:", precision_table(rows)]
    said = {label: sure(Logistic(**entry["copy"]), of.held_out) for label, (of, entry) in answers.items()}
    counts = {label: recall(of.held_out, said[label] >= threshold) for label, (of, _) in answers.items()}
    fitted = ", ".join(f"{count} {kind}" for kind, count in plain["fitted_on"].items())
    usual = next(iter(answers))
    return [
        *parts,
        f"Answers on the held-out clips, from a probability of {threshold:g} on; they were calibrated on development "
        f"pairs ({fitted}):",
        recall_table(counts),
        answers_text(studied[chosen].held_out, said[usual], threshold=threshold),
    ]


def parse(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("development", type=Path, metavar="DEVELOPMENT", help="folder of clips to choose and fit on")
    parser.add_argument("held_out", type=Path, metavar="HELD_OUT", help="folder of other clips to test on")
    parser.add_argument("--runs", nargs="+", metavar="NAME", help="of params.yaml; by default all that have a model")
    parser.add_argument("--seconds", type=int, default=30, help="longest clip, of longer ones the beginning; 30")
    parser.add_argument("--seed", type=int, default=0, help="of what is random in edits; 0")
    parser.add_argument("--work", type=Path, help="where clips, edits and features are kept; data/.copies")
    parser.add_argument("--wall", type=float, default=300, help="seconds that cutting one clip may take; 300")
    parser.add_argument("--write", action="store_true", help="write the calibration and the tables of docs/search.md")
    return parser.parse_args(words)


if __name__ == "__main__":
    try:
        run(parse())
    except (ValueError, OSError) as error:
        sys.exit(f"copies: {error}")
