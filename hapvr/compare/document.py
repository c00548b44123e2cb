"""What a comparison says, as parts that a terminal, a pull request and a page show each in its own way."""

import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

from tabulate import tabulate

LONGEST = 60
WIDTH = 110
# What could end a cell, begin markup or move a cursor where a revision is not to be trusted.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]")
MARKUP = re.compile(r"([\\`*<>|\[\]~&@])")


@dataclass(frozen=True)
class Heading:
    text: str
    level: int = 2


@dataclass(frozen=True)
class Paragraph:
    text: str


@dataclass(frozen=True)
class Bullets:
    lines: list[str]


@dataclass(frozen=True)
class Table:
    """code: columns that hold keys, values and ids as they are; numbers: those that are set to the right."""

    heads: list[str]
    rows: list[list[str]]
    code: tuple[int, ...] = ()
    numbers: tuple[int, ...] = ()


Part = Heading | Paragraph | Bullets | Table


def plain(text: str) -> str:
    """One line of printable signs, `…` for what is beyond `LONGEST`: it may come from anybody's revision."""
    text = printable(text)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def printable(text: str) -> str:
    """The text without signs that would move a cursor, end a line or turn the direction of writing."""
    return CONTROL.sub("\ufffd", text)


def as_terminal(parts: Iterable[Part]) -> str:
    """Plain text."""
    return "\n\n".join(_terminal(part) for part in parts)


def as_markdown(parts: Iterable[Part]) -> str:
    """GitHub's Markdown, ready for a pull request."""
    return "\n\n".join(_markdown(part) for part in parts) + "\n"


def _terminal(part: Part) -> str:
    match part:
        case Heading():
            text = printable(part.text)
            return f"{text}\n{('=' if part.level == 1 else '-') * len(text)}"
        case Paragraph():
            return _wrapped(part.text)
        case Bullets():
            return "\n".join(_wrapped(line, "- ") for line in part.lines)
        case Table():
            rows = [[plain(cell) for cell in row] for row in part.rows]
            return tabulate(rows, part.heads, "simple", colalign=_alignment(part), disable_numparse=True)


def _wrapped(text: str, bullet: str = "") -> str:
    indent = " " * len(bullet)
    return textwrap.fill(
        printable(text), WIDTH, initial_indent=bullet, subsequent_indent=indent,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _markdown(part: Part) -> str:
    match part:
        case Heading():
            return f"{'#' * (part.level + 1)} {_escaped(part.text)}"
        case Paragraph():
            return _escaped(part.text)
        case Bullets():
            return "\n".join(f"- {_escaped(line)}" for line in part.lines)
        case Table():
            rows = [[_cell(plain(cell), place in part.code) for place, cell in enumerate(row)] for row in part.rows]
            return tabulate(rows, part.heads, "pipe", colalign=_alignment(part), disable_numparse=True)


def _cell(text: str, code: bool) -> str:
    if not code or not text:
        return _escaped(text)
    return "`" + text.replace("`", "'").replace("|", "\\|") + "`"


def _escaped(text: str) -> str:
    """Our own `commands` stay code; all other signs that Markdown or GitHub would read are shown as they are."""
    pieces = printable(text).split("`")
    if len(pieces) % 2 == 0:
        return MARKUP.sub(r"\\\1", text)
    return "`".join(piece if place % 2 else MARKUP.sub(r"\\\1", piece) for place, piece in enumerate(pieces))


def _alignment(table: Table) -> list[str]:
    return ["right" if place in table.numbers else "left" for place in range(len(table.heads))]
