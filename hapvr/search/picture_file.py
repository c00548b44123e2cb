"""What figures of videos have in common: their files and their look."""

from pathlib import Path

from hapvr.search.videos import printable

SUFFIXES = (".png", ".svg", ".pdf")
INK = "#22272e"
FAINT = "#6b7480"
FILM = "#16191d"
# A file name with two dollar signs is no formula.
LOOK = {"text.color": INK, "text.parse_math": False}
DPI = 150


def check_picture_file(path: Path) -> None:
    """Raises ValueError for a file name that no figure can be written to, before there is work to lose."""
    if path.suffix.lower() not in SUFFIXES:
        raise ValueError(f"--figure {path}: expected a file that ends in {', '.join(SUFFIXES)}")


def clock(seconds: float) -> str:
    """Minutes and seconds, as in 1:07."""
    return f"{round(seconds) // 60}:{round(seconds) % 60:02d}"


def shorten(name: str, length: int) -> str:
    """A path that fits: its end is what tells files apart."""
    shown = printable(name)
    return shown if len(shown) <= length else "…" + shown[1 - length :]
