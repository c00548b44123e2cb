import threading
from collections.abc import Iterator

import pytest
import torch

from hapvr.training.batches import Batch
from hapvr.training.prefetch import AHEAD, prefetched


class Numbered:
    """Batches that hold their number; number 5 cannot be made."""

    dims = 1

    def __init__(self) -> None:
        self.made: list[int] = []
        self.threads: set[int] = set()

    def batch(self, number: int) -> Batch:
        if number == 5:
            raise OSError("no such video")
        self.made.append(number)
        self.threads.add(threading.get_ident())
        return Batch(torch.tensor(float(number)), torch.zeros(()), torch.zeros(()), [])

    def validation(self) -> None:
        return None


def numbers_of(batches: Iterator[tuple[Batch, float]]) -> list[float]:
    return [batch.features.item() for batch, _ in batches]


def test_batches_come_in_the_order_of_their_numbers_from_another_thread() -> None:
    source = Numbered()
    assert numbers_of(prefetched(source, [0, 3, 6, 9, 12])) == [0, 3, 6, 9, 12]
    assert threading.get_ident() not in source.threads


def test_no_more_batches_are_made_ahead_than_allowed() -> None:
    source = Numbered()
    batches = prefetched(source, [0, 1, 2, 3, 4, 6, 7])
    next(batches)
    batches.close()
    assert len(source.made) <= 1 + AHEAD


def test_an_error_comes_where_its_batch_was_due() -> None:
    batches = prefetched(Numbered(), range(10))
    assert [next(batches)[0].features.item() for _ in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(OSError, match="no such video"):
        next(batches)


def test_giving_up_leaves_no_thread_behind() -> None:
    before = threading.active_count()
    batches = prefetched(Numbered(), range(5))
    next(batches)
    batches.close()
    assert threading.active_count() == before
