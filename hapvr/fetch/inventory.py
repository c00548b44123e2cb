"""`hapvr registry`: the published files, which of them are here, and whether those are the recorded ones."""

from dataclasses import dataclass
from pathlib import Path

from tabulate import tabulate

from hapvr.fetch.partial import Part
from hapvr.fetch.registered import place_of
from hapvr.fetch.registry import ACCEPT, Registry, Row
from hapvr.storage.resume import file_sha256

HEADER = ("dataset", "what", "name", "version", "size", "sha256", "here", "access")
UNITS = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"))


@dataclass(frozen=True)
class Inventory:
    """text: for a person. wrong: files that are here and differ from what is recorded."""

    text: str
    wrong: list[Path]


def inventory(registry: Registry, root: Path, *, dataset: str | None, check: bool) -> Inventory:
    """The rows of the table, or of one dataset or model, with what lies in the project at `root`.

    check: files that are here are read and compared with what is recorded. Raises ValueError for an unknown dataset.
    """
    rows = registry.rows()
    known = list(dict.fromkeys(row.dataset for row in rows))
    if dataset is not None and dataset not in known:
        raise ValueError(f"dataset {dataset!r}: not in {registry.path}; accepted: {', '.join(known)}")
    shown = [row for row in rows if dataset in (None, row.dataset)]
    lines, wrong, details = [], [], []
    for row in shown:
        path = place_of(row, root)
        here, detail = _compared(row, path) if check and path.is_file() else (_presence(row, path), "")
        if detail:
            wrong.append(path)
            details.append(detail)
        lines.append(
            (row.dataset, row.what, row.name, row.version, _size(row), (row.sha256 or "")[:12], here, row.access)
        )
    table = tabulate(lines, headers=HEADER, tablefmt="simple", disable_numparse=True)
    return Inventory("\n".join([table, "", _summary(shown, root), *details]), wrong)


def _summary(rows: list[Row], root: Path) -> str:
    files = {place_of(row, root): row for row in rows if row.what != "videos"}
    here = sum(path.is_file() for path in files)
    recorded = sum(row.sha256 is not None for row in files.values())
    return (
        f"{len(files)} files, {here} here, {recorded} with a SHA-256 that is insisted on; of the others it is recorded "
        "at the first fetch, and their size is approximate"
    )


def _presence(row: Row, path: Path) -> str:
    if row.what == "videos":
        return ""
    if path.is_file():
        return "yes"
    begun = Part(path).size
    return f"{begun:,} bytes so far" if begun else "no"


def _compared(row: Row, path: Path) -> tuple[str, str]:
    """What is shown of a file that is here, and more of one that differs."""
    if row.sha256 is None:
        return "yes, not recorded", ""
    found, size = file_sha256(path), path.stat().st_size
    if found == row.sha256:
        return "yes, as recorded", ""
    return "DIFFERS", (
        f"{path}: SHA-256 {found} ({size:,} bytes), expected {row.sha256} ({row.bytes:,} bytes) as recorded; remove "
        f"the file and fetch it again; {ACCEPT}"
    )


def _size(row: Row) -> str:
    if row.bytes is None:
        return ""
    if row.sha256 is not None:
        return f"{row.bytes:,}"
    divisor, unit = next(((divisor, unit) for divisor, unit in UNITS if row.bytes >= divisor), (1.0, "bytes"))
    return f"~{row.bytes / divisor:g} {unit}"
