"""Figures that look the same, and are the same bytes, whatever the user's matplotlib is set to."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from hapvr.storage.files import whole

# Whatever would differ between two equal figures: dates and versions.
METADATA: dict[str, dict[str, None]] = {
    ".svg": {"Date": None, "Creator": None},
    ".png": {"Software": None},
    ".pdf": {"CreationDate": None},
}


@contextmanager
def drawing(look: Mapping[Any, Any]) -> Iterator[None]:
    """Within this, matplotlib has its own defaults and, over them, the settings of `look`."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update({"svg.hashsalt": "hapvr", **look})
        yield


def save_figure(figure: Figure, path: Path, *, dpi: int) -> None:
    """Writes a figure whole, in the format that the suffix names."""
    suffix = path.suffix.lower()
    with whole(path) as temporary:
        figure.savefig(temporary, format=suffix[1:], dpi=dpi, metadata=METADATA.get(suffix))
