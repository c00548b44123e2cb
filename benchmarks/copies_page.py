"""The tables of `benchmarks/copies.py` for people, and their place in a page of the documentation."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from calibration import reliability
from copy_pairs import COPY, OTHER, SCENE

from hapvr.storage.files import write_text

EDGES = (0, 0.1, 0.5, 0.9, 0.99, 1)
START, END = "<!-- made by benchmarks/copies.py -->", "<!-- end of what benchmarks/copies.py made -->"


def precision_table(found: Mapping[str, Mapping[str, float]]) -> str:
    """Rows (label → edit → mAP) in %, best values bold, the mean over edits last."""
    table = pd.DataFrame(found).T
    table["mean"] = table.mean(axis=1)
    best = table.round(3).max()
    cells = table.apply(lambda column: [_cell(value, best[column.name]) for value in column])
    return str(cells.rename_axis("mAP, %").to_markdown())


def _cell(value: float, best: float) -> str:
    said = f"{100 * value:.1f}"
    return f"**{said}**" if round(value, 3) == best else said


def answers_text(table: pd.DataFrame, probability: np.ndarray, *, threshold: float) -> str:
    """How the answers hold on pairs: at the threshold, by probability, ranges, flipped."""
    said, copies = probability >= threshold, (table.kind == COPY).to_numpy()
    counts = {kind: ((table.kind == kind) & said).sum() for kind in (SCENE, OTHER)}
    totals = {kind: int((table.kind == kind).sum()) for kind in (SCENE, OTHER)}
    found = said[copies].sum()
    ranges = table.overlap.dropna()
    mirrored = table[table.kind == COPY]
    right = (mirrored.flipped == (mirrored.edit == "flip"))[said[copies]]
    taken = ", ".join(f"{counts[kind]} of {totals[kind]} pairs that are {kind}" for kind in (OTHER, SCENE))
    text = (
        f"From a probability of {threshold:g} on {found} of {copies.sum()} copies are found; {taken} are taken for "
        f"copies. Ranges of embedded excerpts overlap the true ones by {100 * ranges.median():.0f} % (median of "
        f"{len(ranges)}; intersection over union). Of the copies found, {right.sum()} of {len(right)} are rightly said "
        "to be flipped or not."
    )
    return f"{text}\n\n{reliability(probability, copies, EDGES).to_markdown(index=False)}"


def put_between_marks(page: Path, parts: Sequence[str]) -> None:
    """Replaces what is between START and END. Raises ValueError for a page without them."""
    text = page.read_text(encoding="utf-8")
    pattern = re.compile(f"{re.escape(START)}.*?{re.escape(END)}", re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"{page}: expected the lines {START} and {END}; put them where the tables shall be")
    between = "\n\n".join([START, *parts, END])
    write_text(page, pattern.sub(lambda _: between, text))
