"""The tables of `benchmarks/copies.py` for people, and their place in a page of the documentation."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from calibration import reliability
from copy_pairs import COPY

from hapvr.storage.files import write_text

EDGES = (0, 0.1, 0.5, 0.9, 0.99, 1)
START, END = "<!-- made by benchmarks/copies.py -->", "<!-- end of what benchmarks/copies.py made -->"


def precision_table(found: Mapping[str, Mapping[str, float]]) -> str:
    """Rows (label → edit → mAP, and µAP) in %, best values bold."""
    table = pd.DataFrame(found).T.rename(columns={"uAP": "all, µAP"})
    best = table.round(3).max()
    cells = table.apply(lambda column: [_cell(value, best[column.name]) for value in column])
    return str(cells.rename_axis("mAP, %").to_markdown())


def _cell(value: float, best: float) -> str:
    if np.isnan(value):
        return "–"
    said = f"{100 * value:.1f}"
    return f"**{said}**" if round(value, 3) == best else said


def answers_text(table: pd.DataFrame, probability: np.ndarray, *, threshold: float) -> str:
    """How ranges and mirror images are told, and how often a probability is right."""
    copies = (table.kind == COPY).to_numpy()
    found, ranges = table[copies & (probability >= threshold)], table.overlap.dropna()
    right = (found.flipped == (found.edit == "flip")).sum()
    text = (
        f"Ranges of embedded excerpts overlap the true ones by {100 * ranges.median():.0f} % (median of {len(ranges)}, "
        f"the lowest {100 * ranges.min():.0f} %; intersection over union, the worse of query and video). Of the copies "
        f"found, {right} of {len(found)} are rightly said to be flipped or not. Copies by probability:"
    )
    return f"{text}\n\n{reliability(probability, copies, EDGES).to_markdown(index=False)}"


def recall_table(found: Mapping[str, Mapping[str, str]]) -> str:
    """Rows (label → edit or kind → how many of how many are said to be copies)."""
    return str(pd.DataFrame(found).T.fillna("–").rename_axis("said to be a copy").to_markdown())


def put_between_marks(page: Path, parts: Sequence[str]) -> None:
    """Replaces what is between START and END. Raises ValueError for a page without them."""
    text = page.read_text(encoding="utf-8")
    pattern = re.compile(f"{re.escape(START)}.*?{re.escape(END)}", re.DOTALL)
    if not pattern.search(text):
        raise ValueError(f"{page}: expected the lines {START} and {END}; put them where the tables shall be")
    between = "\n\n".join([START, *parts, END])
    write_text(page, pattern.sub(lambda _: between, text))
