"""Every copy in one or several folders: all pairs, or candidates, judged and grouped."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import nn
from tqdm import tqdm

from hapvr.search.answers.answer import COPIES, Answer, Clip, Judging, Verdict, judge, same_as
from hapvr.search.duplicates.groups import Group, Judged, best_first, connect_copies, parts_of
from hapvr.search.duplicates.pairs import Pair, Pairs
from hapvr.search.files.describe import Describer
from hapvr.search.files.probe import Shape, probe
from hapvr.search.files.videos import Videos
from hapvr.search.index.indexing import Flaws, update_index
from hapvr.search.index.shards import open_index
from hapvr.search.index.store import IndexedFeatures
from hapvr.search.options import Duplicates
from hapvr.video.options import Frames


@dataclass(frozen=True)
class Recall:
    """Of the copies that `sample` videos have among all, how many the candidates have."""

    sample: int
    copies: int
    found: int


@dataclass(frozen=True)
class Duplicated:
    """videos: how many were compared, of `contents` different contents. recall: None where all pairs were compared.

    parts: a video and another one that shows a part of it, or is shown by a part of it. flaws: of each folder.
    """

    videos: int
    contents: int
    groups: list[Group]
    parts: list[Judged]
    recall: Recall | None
    flaws: dict[Path, Flaws]


class Library:
    """The readable videos of folders by name: the path below the folder, after the folder if there are several."""

    def __init__(
        self, folders: Mapping[Path, Videos], describe: Describer, *, index: Path | None, rebuild: bool
    ) -> None:
        """Brings the index of each folder up to date.

        index: of the only folder, None for the one in each. rebuild: forget what is in them.
        """
        self.files: dict[str, Path] = {}
        self.contents: dict[str, str] = {}
        self.flaws: dict[Path, Flaws] = {}
        self._places: dict[str, tuple[int, str]] = {}
        self._indices = []
        for number, (folder, videos) in enumerate(folders.items()):
            kept = open_index(folder, index, describe.made_with, rebuild=rebuild)
            self.flaws[folder] = update_index(kept, videos, describe)
            self._indices.append(kept)
            for path, entry in kept.entries().items():
                if path in videos and path not in self.flaws[folder].unreadable:
                    name = path if len(folders) == 1 else (folder / path).as_posix()
                    self.files[name], self.contents[name] = videos[path], entry.sha256
                    self._places[name] = (number, path)
        self._features: list[IndexedFeatures] = []

    def open(self, stack: ExitStack) -> None:
        """Opens all indices while a context lasts."""
        self._features = [stack.enter_context(index.features()) for index in self._indices]

    def __getitem__(self, name: str) -> np.ndarray:
        number, path = self._places[name]
        return self._features[number][path]

    def frames(self, name: str) -> int:
        number, path = self._places[name]
        return self._features[number].frames(path)

    def clip(self, name: str, fps: float) -> Clip:
        """A video with its times."""
        number, path = self._places[name]
        return Clip(self._features[number][path], self._features[number].times(path, fps))


def find_duplicates(
    library: Library, model: nn.Module, *, options: Duplicates, sampling: Frames, judging: Judging, memory_gb: float
) -> Duplicated:
    """Compares, judges and groups; progress shown. Nothing is deleted or changed."""
    by_content: dict[str, list[str]] = {}
    for name, content in sorted(library.contents.items()):
        by_content.setdefault(content, []).append(name)
    names = [same[0] for same in by_content.values()]
    recall = None
    with ExitStack() as stack:
        library.open(stack)
        judged = list(_identical(by_content.values(), library, judging))
        if len(names) > 1:
            pairs = Pairs(model, library, names, options=options, memory_gb=memory_gb)
            judge_all = _Judge(library, names, judging)
            if len(names) <= options.exact_up_to:
                judged += judge_all(pairs.likely())
            else:
                candidates = pairs.candidates(judging.fps)
                judged += judge_all(pairs.likely_among(candidates))
                recall = _measure(candidates, judge_all(pairs.likely_of_sample()), names, options.sample)
    copies = [one for one in judged if one.answer.verdict in COPIES]
    groups = connect_copies(copies)
    shapes = _probe([name for members, _ in groups for name in members], library, sampling)
    return Duplicated(
        len(library.files),
        len(names),
        [Group(best_first(members, library.files, shapes), between) for members, between in groups],
        parts_of(copies, (members for members, _ in groups)),
        recall,
        library.flaws,
    )


class _Judge:
    """Answers for pairs; progress shown."""

    def __init__(self, library: Library, names: Sequence[str], judging: Judging) -> None:
        self._library, self._names, self._judging = library, names, judging

    def __call__(self, pairs: Sequence[Pair]) -> list[Judged]:
        return [self._judge(pair) for pair in tqdm(pairs, "judge", unit="pair")]

    def _judge(self, pair: Pair) -> Judged:
        query, video = self._names[pair.query], self._names[pair.video]
        fps = self._judging.fps
        clips = self._library.clip(query, fps), self._library.clip(video, fps)
        calibration = self._judging.calibration
        assert calibration is not None
        answer = judge(*clips, pair.score, calibration=calibration, threshold=self._judging.threshold, fps=fps)
        return Judged(query, video, answer)


def _identical(contents: Iterable[list[str]], library: Library, judging: Judging) -> Iterator[Judged]:
    """Files with the same bytes, each beside the first of them."""
    for first, *others in contents:
        for other in others:
            answer: Answer = same_as(library.clip(first, judging.fps), Verdict.IDENTICAL, fps=judging.fps)
            yield Judged(first, other, answer)


def _measure(candidates: Sequence[np.ndarray], exact: Sequence[Judged], names: Sequence[str], sample: int) -> Recall:
    places = {name: place for place, name in enumerate(names)}
    copies = [(places[one.query], places[one.video]) for one in exact if one.answer.verdict in COPIES]
    found = sum(video in candidates[query] for query, video in copies)
    return Recall(min(sample, len(names)), len(copies), found)


def _probe(names: Sequence[str], library: Library, sampling: Frames) -> dict[str, Shape]:
    return dict(zip(names, probe((library.files[name] for name in names), sampling), strict=True))
