"""`hapvr dataset NAME`: what a dataset holds, beside what is published of it."""

from pathlib import Path

import pandas as pd

from hapvr.datasets import READERS
from hapvr.datasets.counts import beside_published
from hapvr.datasets.dataset import Dataset, read_dataset
from hapvr.fetch.options import Upstream
from hapvr.fetch.upstream import read_annotations
from hapvr.project import Project, need


def describe(project: Project, name: str, annotations: Path | None) -> str:
    """The counts of a dataset as a table: one that the project fetched or renders, or of a folder of annotation files.

    Raises ValueError for an unknown dataset, FileNotFoundError where nothing says what it holds.
    """
    known = [*READERS, *(one for one in project.params.fetch if one not in READERS)]
    if name not in known:
        raise ValueError(
            f"dataset {name!r}: neither published nor in fetch of params.yaml; accepted: {', '.join(known)}"
        )
    dataset, origin = _find(project, name, annotations)
    table = beside_published(dataset)
    return f"{name}, from {origin}\n\n{_as_text(table)}\n{_sum_up(table)}"


def _find(project: Project, name: str, annotations: Path | None) -> tuple[Dataset, Path]:
    """A dataset and what it was read from: the folder that is named, its dataset.json, or annotations kept here."""
    file = project.dataset_file(name)
    if annotations is None and (file.exists() or name not in READERS):
        return read_dataset(need(file, f"fetch@{name}")), file
    folder = annotations or _kept(project, name)
    try:
        # Without videos at hand, those that only a folder of videos tells (VCDB's distractors) are none.
        return read_annotations(name, folder, []), folder
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"{error.filename}: no such annotation file of {name}; {_how_to_fetch(project, name)}, or name a folder "
            f"that holds it: `hapvr dataset {name} --annotations FOLDER`"
        ) from error


def _kept(project: Project, name: str) -> Path:
    """Where annotations are without a fetched dataset: in the folder of params.yaml, or where fetching keeps them."""
    section = project.params.fetch.get(name)
    if isinstance(section, Upstream) and section.annotations is not None:
        return project.user_path(section.annotations)
    return project.dataset_folder(name) / "annotations"


def _how_to_fetch(project: Project, name: str) -> str:
    fetch = f"`hapvr fetch {name}` fetches it"
    return fetch if name in project.params.fetch else f"`hapvr preset paper`, then {fetch}"


def _as_text(table: pd.DataFrame) -> str:
    shown = table.copy()
    for column in ("here", "published"):
        shown[column] = [f"{int(value):,}" if pd.notna(value) else "" for value in table[column]]
    if not table["agrees"].any():
        shown = shown[["count", "here"]]
    right = ["right" if column in ("here", "published") else "left" for column in shown]
    return str(shown.to_markdown(index=False, tablefmt="simple", disable_numparse=True, colalign=right)) + "\n"


def _sum_up(table: pd.DataFrame) -> str:
    published = table[table["agrees"] != ""]
    if published.empty:
        return "Nothing is published to compare with."
    differing = published[published["agrees"] == "no"]
    agreed = len(published) - len(differing)
    return f"{agreed} of {len(published)} published counts agree" + (
        "; others: " + "; ".join(_difference(row) for row in differing.itertuples()) + "." if len(differing) else "."
    )


def _difference(row: object) -> str:
    what, here, published = (getattr(row, name) for name in ("count", "here", "published"))
    return f"{what} {here:,} here, {int(published):,} published"
