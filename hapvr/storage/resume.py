"""What interrupted work depends on: as long as it stays the same, kept parts of the work are good."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any


def dependencies(
    values: Mapping[str, Any], *, contents: Iterable[Path] = (), stamps: Iterable[Path] = ()
) -> dict[str, Any]:
    """JSON of everything that decides about a result.

    values: parameters, ids, versions, a digest of the code. contents: files known by their bytes. stamps: files known
    by size and time, where reading them would take longer than what is saved.
    """
    found = dict(values) | {
        "contents": {path.name: file_sha256(path) for path in sorted(contents)},
        "stamps": [[str(path), path.stat().st_size, path.stat().st_mtime_ns] for path in sorted(stamps)],
    }
    plain: dict[str, Any] = json.loads(json.dumps(found, sort_keys=True))
    return plain


def key_of(depends_on: Mapping[str, Any]) -> str:
    """A short name for `dependencies`."""
    return hashlib.sha256(json.dumps(depends_on, sort_keys=True).encode()).hexdigest()[:16]


def file_sha256(path: Path) -> str:
    """Of a file's content, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
