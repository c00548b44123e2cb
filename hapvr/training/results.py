"""What a training leaves behind: weights, exact configuration, log."""

import csv
import math
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from safetensors.torch import save_file
from torch import nn

from hapvr.storage.files import whole, write_json, write_text


def write_results(folder: Path, network: nn.Module, *, config: dict[str, Any], log: Sequence[dict[str, float]]) -> None:
    """Writes weights.safetensors, config.json and log.csv (a column per key of the rows; NaN is left empty)."""
    with whole(folder / "weights.safetensors") as temporary:
        save_file({name: tensor.cpu().contiguous() for name, tensor in network.state_dict().items()}, temporary)
    write_json(folder / "config.json", config)
    text = StringIO()
    writer = csv.DictWriter(text, fieldnames=list(log[0]), lineterminator="\n")
    writer.writeheader()
    for row in log:
        writer.writerow({key: "" if math.isnan(value) else f"{value:.8g}" for key, value in row.items()})
    write_text(folder / "log.csv", text.getvalue())
