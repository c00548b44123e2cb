"""Which step's weights a training keeps, and when it need not go on."""

import math
from collections.abc import Sequence

from hapvr.training.options import Train

Row = dict[str, float]


def best_row(rows: Sequence[Row]) -> Row | None:
    """The row of the best validation mAP, of several the earliest; None if nothing was validated yet."""
    return max(_validated(rows), key=lambda row: row["validation_mAP"], default=None)


def kept_step(rows: Sequence[Row], params: Train) -> int:
    """The step, from 1, whose weights are the result of a training with this log."""
    best = best_row(rows) if params.keep == "best" else None
    return int((best or rows[-1])["step"])


def finished(rows: Sequence[Row], params: Train) -> bool:
    """Whether every step was made, or its validation was the last of `patience` ones without a better one."""
    if len(rows) >= params.steps:
        return True
    if params.patience is None or not rows or math.isnan(rows[-1]["validation_mAP"]):
        return False
    best = best_row(rows)
    return best is not None and sum(row["step"] > best["step"] for row in _validated(rows)) >= params.patience


def _validated(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if not math.isnan(row["validation_mAP"])]
