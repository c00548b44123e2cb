"""`registry.csv`: every published file, where it is from, and the SHA-256 that is insisted on once it is recorded.

It is under version control: everyone who evaluates uses the same ground truth, and a diff shows what changed. One line
is one row, nothing is quoted, so that recording a checksum changes two fields of it and nothing else.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from urllib.parse import urlsplit

from filelock import FileLock

from hapvr.storage.files import whole

COLUMNS = ("dataset", "what", "name", "version", "url", "bytes", "sha256", "format", "access")
WHATS = ("annotation", "features", "weights", "videos")
# How far a size that is only known from a publisher's page ("9 GB", or GiB) may lie from the real one.
APPROXIMATELY = (0.8, 1.25)
# What a person does who looked into it.
ACCEPT = (
    "if the publisher really has a new version, empty sha256 and bytes of its rows in registry.csv and fetch it again; "
    "the diff then shows both"
)
_PLAIN_NAME = re.compile(r"\w[\w.+-]*", re.ASCII)


class RegistryError(ValueError):
    """The table is not as it should be; the message names file, line, column, what was expected and what was found."""


@dataclass(frozen=True)
class Row:
    """A published file.

    dataset: whose, or of weights their name. what: one of WHATS. name: under which it is kept here. version: as the
    publisher tells them apart. url: None where there is no address of one file. bytes: exact beside a SHA-256,
    otherwise what the publisher says. sha256: None before the first fetch. access: licence, or how to get it.
    """

    dataset: str
    what: str
    name: str
    version: str
    url: str | None
    bytes: int | None
    sha256: str | None
    format: str
    access: str

    @property
    def sizes(self) -> tuple[int, int] | None:
        """The fewest and the most bytes it can have; None where nothing is known of it."""
        if self.bytes is None:
            return None
        if self.sha256 is not None:
            return self.bytes, self.bytes
        return int(self.bytes * APPROXIMATELY[0]), int(self.bytes * APPROXIMATELY[1])


class Registry:
    """The table at `path`, read anew each time it is asked, so that rows that others record are seen."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def rows(self) -> list[Row]:
        """All rows, in the order of the file. Raises RegistryError, and FileNotFoundError."""
        return [row for _, row in self._parse(self._read())]

    def of(self, dataset: str, what: str) -> list[Row]:
        """The files of one kind that are published of a dataset; none for what is not published as a file."""
        return [row for row in self.rows() if (row.dataset, row.what) == (dataset, what)]

    def named(self, name: str) -> Row:
        """The first row of that file name; several datasets may share a file. Raises LookupError."""
        for row in self.rows():
            if row.name == name:
                return row
        raise LookupError(f"{self.path}: no row named {name!r}; add one, or correct the name")

    def record(self, name: str, sha256: str, bytes: int) -> None:
        """Writes SHA-256 and size of a file that was fetched for the first time into its rows, and nothing else.

        Processes that record at the same time wait for each other. Raises RegistryError if another SHA-256 is there.
        """
        self.named(name)
        with FileLock(self.path.with_name(f".{self.path.name}.lock")):
            text = self._read()
            numbers = {number for number, row in self._parse(text) if self._is_new(row, name, sha256)}
            if not numbers:
                return
            lines = text.splitlines(keepends=True)
            for number in numbers:
                lines[number - 1] = _recorded(lines[number - 1], sha256, bytes)
            with whole(self.path) as temporary:
                temporary.write_text("".join(lines), encoding="utf-8", newline="")

    def _is_new(self, row: Row, name: str, sha256: str) -> bool:
        if row.name != name or row.sha256 == sha256:
            return False
        if row.sha256 is not None:
            raise RegistryError(f"{self.path}: {name}: found SHA-256 {sha256}, recorded is {row.sha256}; {ACCEPT}")
        return True

    def _read(self) -> str:
        if not self.path.exists():
            raise FileNotFoundError(f"{self.path}: no such file; restore it with `git checkout {self.path.name}`")
        # Line endings as they are: they are written back.
        with self.path.open(encoding="utf-8", newline="") as file:
            return file.read()

    def _parse(self, text: str) -> list[tuple[int, Row]]:
        """Rows with the number of their line."""
        lines = text.removeprefix("\ufeff").splitlines()
        if not lines or tuple(lines[0].split(",")) != COLUMNS:
            raise self._error(1, "the header", ",".join(COLUMNS), lines[0] if lines else "nothing")
        rows = [(number, self._row(number, line)) for number, line in enumerate(lines[1:], start=2)]
        for (_, first), (number, second) in combinations(rows, 2):
            self._check_pair(number, first, second)
        return rows

    def _row(self, number: int, line: str) -> Row:
        fields = line.split(",")
        if len(fields) != len(COLUMNS) or '"' in line:
            found = f"{len(fields)}: {line[:100]!r}"
            raise self._error(number, "the row", "9 fields without commas or quotes in them", found)
        values = dict(zip(COLUMNS, fields, strict=True))
        for column, expected in _wrong(values):
            raise self._error(number, column, expected, repr(values[column]))
        size, sha256, url = values["bytes"], values["sha256"], values["url"]
        return Row(**{**values, "bytes": int(size) if size else None, "sha256": sha256 or None, "url": url or None})  # type: ignore[arg-type]

    def _check_pair(self, number: int, first: Row, second: Row) -> None:
        """Raises RegistryError for a row that is there twice, and for two that say different things of one file."""
        if first.name != second.name:
            return
        if first.dataset == second.dataset:
            raise self._error(number, "name", f"one row for each file of {first.dataset}", f"{first.name} again")
        for column in ("version", "url", "bytes", "sha256"):
            expected, found = getattr(first, column), getattr(second, column)
            if expected != found:
                where = f"{expected!r}, as {first.dataset} has it for the same file"
                raise self._error(number, column, where, repr(found))

    def _error(self, number: int, column: str, expected: str, found: str) -> RegistryError:
        return RegistryError(
            f"{self.path}:{number}: {column}: expected {expected}, found {found}; correct the line, or restore the "
            f"table with `git checkout {self.path.name}`"
        )


def _wrong(values: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Columns whose value is wrong, with what is expected there."""
    checks: Iterable[tuple[str, bool, str]] = [
        ("dataset", bool(_PLAIN_NAME.fullmatch(values["dataset"])), "a name"),
        ("what", values["what"] in WHATS, f"one of {', '.join(WHATS)}"),
        ("name", bool(_PLAIN_NAME.fullmatch(values["name"])), "a file name without folders"),
        ("url", values["url"] == "" or _is_address(values["url"]), "an http or https address, or nothing"),
        ("bytes", re.fullmatch("[0-9]*", values["bytes"]) is not None, "a whole number, or nothing"),
        ("sha256", re.fullmatch("([0-9a-f]{64})?", values["sha256"]) is not None, "64 digits of 0-9a-f, or nothing"),
        ("bytes", not values["sha256"] or values["bytes"] != "", "the size of the file whose SHA-256 is there"),
        ("access", values["access"] != "", "a licence, or how to get the file"),
    ]  # fmt: skip
    return ((column, expected) for column, right, expected in checks if not right)


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", url)


def _recorded(line: str, sha256: str, size: int) -> str:
    fields = line.split(",")
    fields[COLUMNS.index("bytes")], fields[COLUMNS.index("sha256")] = str(size), sha256
    return ",".join(fields)
