"""`python -m supply_chain.licences` writes docs/licences.md: the licence of every package in requirements.lock."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, distribution

from tabulate import tabulate

from hapvr.storage.files import write_text
from supply_chain.lock import LOCK, ROOT, read_lock

PAGE = ROOT / "docs" / "licences.md"
LONGEST = 60
# What packages write for one and the same licence. "BSD" alone does not say which of them.
SAME = {
    "Apache-2.0": r"apache( software)?( licen[cs]e)?,?( version)? ?(2\.0)?( licen[cs]e)?",
    "BSD": r"(new )?bsd( license)?",
    "BSD-3-Clause": r"bsd 3-clause license",
    "ISC": r"isc( license)?( \(iscl\))?",
    "MIT": r"(the )?mit( license)?( \(mit\))?",
    "MPL-2.0": r"mozilla public license 2\.0 \(mpl 2\.0\)",
    "PSF-2.0": r"psfl|python software foundation license",
}
COPYLEFT = re.compile(r"GPL|General Public|MPL|EPL|Eclipse")
ABOUT = """# Licences

Written by `make licences`: the licence of every package in `requirements.lock`, as the package itself states it. hapvr
itself is under Apache-2.0.

Wheels may hold libraries under licences of their own: `av`, `decord` and `imageio-ffmpeg` FFmpeg, `numpy`, `scipy` and
`torch` linear algebra and compilers' runtimes. Published videos, annotations and weights have licences too: see
[registry.md](registry.md).
"""


def licence(name: str) -> str:
    """As a package's metadata states it, else the first line of its licence file. Raises ValueError for one without."""
    try:
        package = distribution(name)
    except PackageNotFoundError:
        raise ValueError(f"{name}: expected the package of {LOCK.name}, found none; run `make setup`") from None
    if expression := package.metadata["License-Expression"]:
        return str(expression)
    for statement in _statements(package.metadata["License"], package.metadata.get_all("Classifier") or []):
        return statement
    for file in package.files or []:
        if re.match(r"licen[cs]e|copying", file.name, re.IGNORECASE):
            return _normal(file.read_text().strip().splitlines()[0])
    raise ValueError(
        f"{name}: expected a licence in its metadata or a licence file, found none; do without the package"
    )


def page(locked: dict[str, str]) -> str:
    """docs/licences.md. locked: name → version."""
    found = {name: licence(name) for name in locked}
    common = [(name, count) for name, count in Counter(found.values()).most_common() if count > 1]
    counted = ", ".join(f"{name} {count}" for name, count in common)
    others = len(locked) - sum(count for _, count in common)
    rows = [[name, version, found[name]] for name, version in locked.items()]
    demanding = [row for row in rows if COPYLEFT.search(row[2])]
    return "\n\n".join(
        [
            ABOUT.rstrip(),
            f"{len(locked)} packages: {counted}, others {others}.",
            "Those whose licence asks something of changed copies, or gives a choice of which one does:",
            tabulate(demanding, ["package", "version", "licence"], "pipe", disable_numparse=True),
            "## All",
            tabulate(rows, ["package", "version", "licence"], "pipe", disable_numparse=True) + "\n",
        ]
    )


def _statements(field: str | None, classifiers: Iterable[str]) -> Iterator[str]:
    """What tells most first: a short field, then classifiers."""
    if field and "\n" not in field.strip() and len(field) < LONGEST and field not in ("UNKNOWN", "Dual License"):
        yield _normal(field)
    named = [line.rpartition(" :: ")[2] for line in classifiers if line.startswith("License :: ")]
    if named := [_normal(name) for name in named if name != "OSI Approved"]:
        yield " or ".join(sorted(named))


def _normal(statement: str) -> str:
    """One spelling of each licence."""
    statement = statement.strip().replace(" | ", " or ")
    return next((name for name, form in SAME.items() if re.fullmatch(form, statement, re.IGNORECASE)), statement)


if __name__ == "__main__":
    write_text(PAGE, page(read_lock()))
    print(f"{PAGE.relative_to(ROOT)}: {len(read_lock())} packages")
