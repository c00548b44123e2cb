"""Scoring a run: the scores of each of its members."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from hapvr.device import fastest_device
from hapvr.methods.model import load_model
from hapvr.scoring.blocks import Blocks, Part
from hapvr.scoring.number_format import NUMBER_FORMATS
from hapvr.scoring.options import Score
from hapvr.scoring.reading import Subset
from hapvr.scoring.scoring import score
from hapvr.storage.resume import dependencies
from hapvr.storage.scores import Scores


@dataclass(frozen=True)
class KeptScores:
    """Where interrupted scoring keeps what is finished, and what that depends on beside models, ids and number format.

    features: files of features, known by size and time. code: digest of the code that scores.
    """

    folder: Path
    features: list[Path]
    code: str


def score_run(
    models: Mapping[str, Path],
    queries: Subset,
    database: Subset,
    *,
    options: Score,
    number_format: str,
    kept: KeptScores | None = None,
    part: Part | None = None,
) -> dict[str, Scores]:
    """Scores queries against a database with each member of a run.

    models: member → its model folder. number_format: of the region products, float32, bfloat16 or float16. kept: it
    goes on at the last finished block. part: only this part of the blocks is computed, the others stay 0.
    """
    torch.set_num_threads(options.threads)
    dims = queries[0].shape[-1]
    values = {"ids": [queries.names, database.names], "number_format": number_format}
    found = {}
    for member, folder in models.items():
        similarity = score(
            load_model(folder, dims),
            queries,
            database,
            device=fastest_device(),
            memory_gb=options.memory_gb,
            dtype=NUMBER_FORMATS[number_format],
            blocks=_blocks(kept, folder, values) if kept else None,
            part=part,
        )
        found[member] = Scores(queries.names, database.names, similarity)
    return found


def _blocks(kept: KeptScores, model: Path, values: Mapping[str, object]) -> Blocks:
    depends_on = dependencies({**values, "code": kept.code}, contents=model.glob("*.*"), stamps=kept.features)
    return Blocks(kept.folder, depends_on)
