"""Writing figures of videos."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

from hapvr.search.videos import printable
from hapvr.storage.files import whole

SUFFIXES = (".png", ".svg", ".pdf")
INK = "#22272e"
FAINT = "#6b7480"


def check_picture_file(path: Path) -> None:
    """Raises ValueError for a file name that no figure can be written to, before there is work to lose."""
    if path.suffix.lower() not in SUFFIXES:
        raise ValueError(f"--figure {path}: expected a file that ends in {', '.join(SUFFIXES)}")


@contextmanager
def drawing() -> Iterator[None]:
    """Within this, figures have one look, whatever the user's matplotlib is set to."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        # A file name with two dollar signs is no formula.
        matplotlib.rcParams.update({"text.color": INK, "text.parse_math": False, "svg.hashsalt": "hapvr"})
        yield


def save(figure: Figure, path: Path) -> None:
    """Writes a figure whole; the same figure gives the same bytes."""
    metadata = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(path.suffix.lower())
    with whole(path) as temporary:
        figure.savefig(temporary, format=path.suffix[1:].lower(), dpi=150, metadata=metadata)


def clock(seconds: float) -> str:
    """Minutes and seconds, as in 1:07."""
    return f"{round(seconds) // 60}:{round(seconds) % 60:02d}"


def shortened(name: str, length: int) -> str:
    """A path that fits: its end is what tells files apart."""
    shown = printable(name)
    return shown if len(shown) <= length else "…" + shown[1 - length :]
