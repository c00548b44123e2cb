"""`checksums.json`: SHA-256 of every published file, recorded when it is first fetched and insisted on afterwards.

It is under version control: everyone who evaluates uses the same ground truth.
"""

import json
from pathlib import Path

from hapvr.storage.files import write_json


class Checksums:
    """SHA-256 by name of a published file, in a file that may not exist yet."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, name: str) -> str | None:
        """The SHA-256 of a published file; None before it is first fetched. Raises ValueError."""
        return self._read().get(name)

    def record(self, name: str, sha256: str) -> None:
        """Adds a file that was fetched for the first time."""
        known = self._read()
        if known.get(name) != sha256:
            write_json(self._path, dict(sorted({**known, name: sha256}.items())))

    def _read(self) -> dict[str, str]:
        if not self._path.exists():
            return {}
        try:
            content = json.loads(self._path.read_text(encoding="utf-8"))
        except json.JSONDecodeError as error:
            raise ValueError(
                f"{self._path}: not valid JSON: {error}; restore it with `git checkout {self._path.name}`"
            ) from error
        if not isinstance(content, dict):
            raise ValueError(f"{self._path}: expected file name → SHA-256, found {type(content).__name__}")
        return content
