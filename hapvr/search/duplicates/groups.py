"""Groups of copies, each with its best file, and videos that are parts of others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from hapvr.search.answers.answer import Answer, Verdict
from hapvr.search.files.probe import Shape

WHOLES = (Verdict.IDENTICAL, Verdict.COPY)


@dataclass(frozen=True)
class Judged:
    """Two videos by their names, and the answer to what `video` is to `query`."""

    query: str
    video: str
    answer: Answer


@dataclass(frozen=True)
class File:
    """One file of a group."""

    name: str
    path: Path
    shape: Shape
    bytes: int

    @property
    def quality(self) -> tuple[int, float, int]:
        """The higher, the better: pixels, seconds, bytes."""
        return (self.shape.width * self.shape.height, round(self.shape.seconds, 1), self.bytes)


@dataclass(frozen=True)
class Group:
    """Videos that are copies of each other as a whole, the best file first, and what was judged between them."""

    files: list[File]
    judged: list[Judged]


def connect_copies(judged: Iterable[Judged]) -> list[tuple[list[str], list[Judged]]]:
    """Sets of names that copies connect, directly or by others, with what connects them; largest first.

    A part of a video connects nothing: a compilation would make one group of all that it shows.
    """
    wholes = [one for one in judged if one.answer.verdict in WHOLES]
    names = sorted({name for one in wholes for name in (one.query, one.video)})
    place = {name: number for number, name in enumerate(names)}
    ends = [place[one.query] for one in wholes], [place[one.video] for one in wholes]
    count, group_of = connected_components(coo_array((np.ones(len(wholes)), ends), shape=(len(names),) * 2))
    groups: list[tuple[list[str], list[Judged]]] = [([], []) for _ in range(count)]
    for name in names:
        groups[group_of[place[name]]][0].append(name)
    for one in wholes:
        groups[group_of[place[one.query]]][1].append(one)
    return sorted(groups, key=lambda group: (-len(group[0]), group[0]))


def best_first(names: Iterable[str], files: Mapping[str, Path], shapes: Mapping[str, Shape]) -> list[File]:
    """By resolution, then length, then size; equal ones by name."""
    found = [File(name, files[name], shapes[name], files[name].stat().st_size) for name in names]
    return sorted(found, key=lambda file: (*(-value for value in file.quality), file.name))


def parts_of(judged: Iterable[Judged], groups: Iterable[Iterable[str]]) -> list[Judged]:
    """Videos of which another one shows a part, or that show a part of it: of two groups the surest pair.

    Nothing within a group: its files are known to be copies.
    """
    group_of = {name: number for number, names in enumerate(groups) for name in names}
    best: dict[frozenset[int | str], Judged] = {}
    for one in judged:
        sides = frozenset(group_of.get(name, name) for name in (one.query, one.video))
        if one.answer.verdict is Verdict.PART and len(sides) == 2:
            known = best.setdefault(sides, one)
            if one.answer.probability > known.answer.probability:
                best[sides] = one
    return sorted(best.values(), key=lambda one: (one.query, one.video))
