"""The files of registry.csv: where each lies in a project, and how it gets there."""

from pathlib import Path

from hapvr.fetch.conversions import CONVERTED
from hapvr.fetch.download import download
from hapvr.fetch.registry import Registry, Row

# What no file of its kind exceeds: a wrong address should not fill the disk.
LIMIT_MB = {"annotation": 64, "weights": 1024, "features": 1 << 20, "videos": 4 << 20}


def place_of(row: Row, root: Path) -> Path:
    """Where a file lies in the project at `root`: annotations where DVC does not empty the folder."""
    match row.what:
        case "annotation":
            return root / "data" / row.dataset / "annotations" / row.name
        case "weights" if row.dataset in CONVERTED:
            return root / "weights" / "original" / row.name
        case "weights":
            return root / "models" / "backbones" / row.name
        case _:
            return root / "data" / row.dataset / "published" / row.name


def fetch_registered(row: Row, target: Path, *, registry: Registry, mirror: str | None) -> str:
    """Fetches a file to `target`, and gives its SHA-256, which is recorded the first time and insisted on afterwards.

    mirror: an address that has the file by its name here; None: its publisher's. A file that is there is only checked.
    Raises ValueError where the publisher gives no address of it, DownloadError, and RegistryError.
    """
    sha256 = download(url_of(row, mirror), target, sha256=row.sha256, limit_mb=LIMIT_MB[row.what], sizes=row.sizes)
    registry.record(row.name, sha256, target.stat().st_size)
    return sha256


def url_of(row: Row, mirror: str | None) -> str:
    """Where a file is fetched from. Raises ValueError where the publisher gives no address."""
    if mirror is not None:
        return f"{mirror.rstrip('/')}/{row.name}"
    if row.url is None:
        advice = f", then run `hapvr weights {row.dataset} --from FILE`" if row.what == "weights" else ""
        raise ValueError(
            f"{row.dataset}: its publisher gives no address of {row.name} ({row.access}); get it there{advice}"
        )
    return row.url
