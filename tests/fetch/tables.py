"""A registry for a project in a test's folder."""

from pathlib import Path

from hapvr.fetch.registry import COLUMNS, Registry

ROOT = Path(__file__).parents[2]


def blank_registry(folder: Path) -> Registry:
    """The project's own table, as it was before anything was fetched."""
    lines = (ROOT / "registry.csv").read_text(encoding="utf-8").splitlines()
    rows = [line.split(",") for line in lines[1:]]
    for row in rows:
        row[COLUMNS.index("bytes")] = row[COLUMNS.index("sha256")] = ""
    return written(folder, *(",".join(row) for row in rows))


def written(folder: Path, *rows: str) -> Registry:
    """A table of these lines."""
    path = folder / "registry.csv"
    path.write_text("\n".join([",".join(COLUMNS), *rows, ""]), encoding="utf-8")
    return Registry(path)
