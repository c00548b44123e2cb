"""What a search found: videos with their answers, ranked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hapvr.search.answers.answer import COPIES, Answer


@dataclass(frozen=True)
class Result:
    """rank: from 1; videos that nothing tells apart share the better rank. path: below the folder.

    score: of the model, the query's with itself being 1. answer: None where the model has no calibration.
    """

    rank: int
    score: float
    path: str
    answer: Answer | None

    @property
    def is_copy(self) -> bool:
        """Whether the video shows the query or a part of it."""
        return self.answer is not None and self.answer.verdict in COPIES

    @property
    def order(self) -> tuple[float, float]:
        """The lower, the more likely a copy."""
        return (-self.answer.probability if self.answer else 0.0, -self.score)


def rank_results(paths: Sequence[str], scores: Sequence[float], answers: Iterable[Answer | None]) -> list[Result]:
    """The likeliest copy first, then by score; what is equal in both, in order of path."""
    unranked = [Result(0, *found) for found in zip(scores, paths, answers, strict=True)]
    results: list[Result] = []
    for result in sorted(unranked, key=lambda result: (*result.order, result.path)):
        tied = bool(results) and results[-1].order == result.order
        rank = results[-1].rank if tied else len(results) + 1
        results.append(Result(rank, result.score, result.path, result.answer))
    return results


def at_least(results: Iterable[Result], threshold: float | None) -> list[Result]:
    """Results that are copies with this probability; all of them without a threshold."""
    return [
        result for result in results if threshold is None or (result.answer and result.answer.probability >= threshold)
    ]
