"""`python -m supply_chain.freshness COMPILED`: what an installation of today would have that requirements.lock has not.

COMPILED: what `uv pip compile` makes of pyproject.toml; `make audit` calls both.
"""

import sys
from pathlib import Path

from packaging.version import Version
from tabulate import tabulate

from supply_chain.lock import plain, read_lock


def differences(locked: dict[str, str], current: dict[str, str]) -> list[tuple[str, str, str]]:
    """(package, version here, version that would be installed today), sorted; "-" where there is none.

    What the platform alone decides, such as the libraries of CUDA, differs too where the lock was made for another one.
    """
    here, today = ({plain(name): version for name, version in found.items()} for found in (locked, current))
    names = sorted(here.keys() | today.keys())
    rows = [(name, here.get(name, "-"), today.get(name, "-")) for name in names]
    return [row for row in rows if "-" in row[1:] or Version(row[1]) != Version(row[2])]


def main(compiled: Path) -> None:
    locked = read_lock()
    rows = differences(locked, read_lock(compiled))
    print(tabulate(rows, ["package", "requirements.lock", "today"], disable_numparse=True))
    print(f"{len(rows)} of {len(locked)} packages differ from an installation of today.")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
