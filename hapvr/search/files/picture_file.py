"""What figures and pages of videos have in common: their files, colours and times."""

from pathlib import Path

SUFFIXES = (".png", ".svg", ".pdf")
INK = "#22272e"
FAINT = "#6b7480"
FILM = "#16191d"
DPI = 150


def check_picture_file(path: Path) -> None:
    """Raises ValueError for a file name that no figure can be written to, before there is work to lose."""
    if path.suffix.lower() not in SUFFIXES:
        raise ValueError(f"--figure {path}: expected a file that ends in {', '.join(SUFFIXES)}")


def check_report_file(path: Path) -> None:
    """Raises ValueError for a file name that is no page's, before there is work to lose."""
    if path.suffix.lower() != ".html":
        raise ValueError(f"--report {path}: expected a file that ends in .html")


def clock(seconds: float) -> str:
    """Minutes and seconds, as in 1:07."""
    return f"{round(seconds) // 60}:{round(seconds) % 60:02d}"
