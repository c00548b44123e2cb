"""The pages of the documentation, and what stands on them."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

REPOSITORY = Path(__file__).parents[2]
PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
LANGUAGES = {"bash", "console", "json", "python", "text", "yaml"}
# What begins a command between backticks; anything else there is a name or a value.
SPAN = re.compile(r"`((?:conda|dvc|git|hapvr|jupyter|make|pip|pytest|python|snakemake|torchrun) [^`]+)`")
# What a comment asks the reader to do by hand.
BY_HAND = re.compile(r"# (edit params\.yaml|uncomment \w+)")


class Command(NamedTuple):
    """Words of a command, where they stand, and what the page says that it prints. mention: it stands in a sentence."""

    place: str
    words: list[str]
    printed: str = ""
    mention: bool = False

    def __str__(self) -> str:
        return f"{self.place}: {' '.join(self.words)}"


class Block(NamedTuple):
    """A fenced block: its language, the number of its first line, its lines."""

    language: str
    first: int
    lines: list[str]


def blocks(text: str) -> Iterator[Block]:
    """The fenced blocks of a page, in their order."""
    lines = text.splitlines()
    fences = [number for number, line in enumerate(lines) if line.lstrip().startswith("```")]
    for opening, closing in zip(fences[::2], fences[1::2], strict=True):
        yield Block(lines[opening].strip().removeprefix("```"), opening + 2, lines[opening + 1 : closing])


def commands(page: Path) -> list[Command]:
    """Every command of the bash and console blocks of a page, one for each part between `&&`."""
    found = []
    for block in blocks(page.read_text(encoding="utf-8")):
        if block.language == "bash":
            for number, line in _whole(block):
                found += _parts(f"{page.name}:{number}", line)
        elif block.language == "console":
            found += _session(page.name, block)
    return found


def mentions(page: Path) -> list[Command]:
    """Commands between backticks, in the running text and in comments of blocks."""
    return [
        command._replace(mention=True)
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1)
        for span in SPAN.findall(line)
        for command in _parts(f"{page.name}:{number}", span)
    ]


def prose(page: Path) -> str:
    """Its text without code, formulas and addresses."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"\]\([^)]*\)", "]", re.sub(r"`[^`]*`", "", text))


def _whole(block: Block) -> Iterator[tuple[int, str]]:
    """Lines with the number of the first, those that end in a backslash joined with the next."""
    begun, first = "", block.first
    for number, line in enumerate(block.lines, block.first):
        first = first if begun else number
        begun += line
        if not begun.endswith("\\"):
            yield first, begun
            begun = ""
        else:
            begun = begun[:-1]


def _session(name: str, block: Block) -> Iterator[Command]:
    """The commands of a console, each with the lines below it."""
    starts = [number for number, line in enumerate(block.lines) if line.startswith("$ ")]
    for start, end in zip(starts, [*starts[1:], len(block.lines)], strict=True):
        *before, last = _parts(f"{name}:{block.first + start}", block.lines[start].removeprefix("$ "))
        yield from before
        yield last._replace(printed="\n".join(block.lines[start + 1 : end]))


def _parts(place: str, line: str) -> list[Command]:
    if by_hand := BY_HAND.match(line):
        return [Command(place, by_hand[1].split())]
    words: list[str] = []
    parts = [words]
    for word in shlex.split(line, comments=True):
        if word == "&&":
            words = []
            parts.append(words)
        else:
            words.append(word)
    return [Command(place, part) for part in parts if part]
