import time
from functools import partial

import pytest

from hapvr.training.workers import Workers


def slow(value: int, seconds: float) -> int:
    time.sleep(seconds)
    return value


def test_results_come_in_order_whoever_is_done_first() -> None:
    work = [partial(slow, value, 0.02 if value % 3 == 0 else 0) for value in range(12)]
    assert list(Workers(3).results(work)) == list(range(12))


def test_no_more_than_two_pieces_per_thread_are_begun_ahead() -> None:
    begun: list[int] = []
    results = Workers(2).results([partial(begun.append, value) for value in range(20)])
    next(results)
    time.sleep(0.05)
    assert begun == [0, 1, 2, 3, 4]


def test_an_error_is_raised_and_the_rest_is_not_begun() -> None:
    begun: list[int] = []

    def piece(value: int) -> None:
        begun.append(value)
        if value == 1:
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        list(Workers(1).results([partial(piece, value) for value in range(20)]))
    time.sleep(0.05)
    assert max(begun) < 6
