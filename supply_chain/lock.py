"""requirements.lock: every package that an environment of the project has, at one version."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements.lock"


def read_lock(path: Path = LOCK) -> dict[str, str]:
    """Name → version. Raises ValueError naming a line that does not pin one."""
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    found = {}
    for line in filter(None, lines):
        if line.startswith("#"):
            continue
        pin = re.fullmatch(r"([A-Za-z0-9][\w.-]*)==([\w.+!]+)", line)
        if pin is None:
            raise ValueError(f"{path}: {line!r}: expected NAME==VERSION, nothing else; give the version to install")
        found[pin[1]] = pin[2]
    return found


def plain(name: str) -> str:
    """A package's name as registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()
