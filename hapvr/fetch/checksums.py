"""`checksums.json`: SHA-256 of every published file, recorded when it is first fetched and insisted on afterwards.

It lies in the project's folder and under version control: everyone who evaluates uses the same ground truth.
"""

import json
from pathlib import Path

from hapvr.storage.files import write_json


def checksums_file(root: Path) -> Path:
    return root / "checksums.json"


def recorded(root: Path, name: str) -> str | None:
    """The SHA-256 of a published file; None before it is first fetched. Raises ValueError."""
    return _read(root).get(name)


def record(root: Path, name: str, sha256: str) -> None:
    """Adds a file that was fetched for the first time."""
    known = _read(root)
    if known.get(name) != sha256:
        write_json(checksums_file(root), dict(sorted({**known, name: sha256}.items())))


def _read(root: Path) -> dict[str, str]:
    path = checksums_file(root)
    if not path.exists():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise ValueError(f"{path}: not valid JSON: {error}; restore it with `git checkout {path.name}`") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path}: expected file name → SHA-256, found {type(content).__name__}")
    return content
