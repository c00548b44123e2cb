"""Work ahead of who needs it: in order, bounded, and stopped where it is no longer wanted."""

import threading
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from hapvr.lookahead import look_ahead


def test_results_come_in_order_whoever_is_done_first() -> None:
    later = threading.Event()

    def piece(value: int) -> int:
        # The first piece waits for the second one.
        if value == 0:
            assert later.wait(timeout=30)
        elif value == 1:
            later.set()
        return value

    assert list(look_ahead([partial(piece, value) for value in range(12)], threads=3, in_line=6)) == list(range(12))


def asked_for(count: int, asked: list[int]) -> Iterator[Callable[[], int]]:
    """Pieces of work, noting how many were asked for."""
    for value in range(count):
        asked.append(value)
        yield partial(int, value)


def test_no_more_pieces_are_begun_than_allowed() -> None:
    asked: list[int] = []
    results = look_ahead(asked_for(20, asked), threads=2, in_line=5)
    assert next(results) == 0
    # Five in line, and the one for which a place has to be made.
    assert asked == [0, 1, 2, 3, 4, 5]
    assert next(results) == 1
    assert asked == [0, 1, 2, 3, 4, 5, 6]
    results.close()


def test_pieces_in_line_cost_no_more_than_there_is_room_for() -> None:
    asked: list[int] = []
    results = look_ahead(asked_for(6, asked), threads=2, in_line=100, costs=[4, 4, 9, 1, 1, 1], room=8)
    assert next(results) == 0
    assert asked == [0, 1, 2]
    assert next(results) == 1
    assert asked == [0, 1, 2]
    assert list(results) == [2, 3, 4, 5]


def test_an_error_comes_where_its_result_was_due() -> None:
    def piece(value: int) -> int:
        if value == 5:
            raise OSError("no such video")
        return value

    results = look_ahead((partial(piece, value) for value in range(10)), threads=2, in_line=3)
    assert [next(results) for _ in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(OSError, match="no such video"):
        next(results)


def test_after_an_error_nothing_is_begun() -> None:
    def broken() -> int:
        raise ValueError("broken")

    asked: list[int] = []
    work = (piece for part in ([broken], asked_for(20, asked)) for piece in part)
    with pytest.raises(ValueError, match="broken"):
        list(look_ahead(work, threads=1, in_line=2))
    assert len(asked) <= 2


def test_giving_up_leaves_no_thread_behind() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def last() -> bool:
        begun.set()
        return go_on.wait(timeout=30)

    results = look_ahead([bool, last, bool], threads=2, in_line=2)
    next(results)
    assert begun.wait(timeout=30)
    timer = threading.Timer(0.1, go_on.set)
    timer.start()
    results.close()
    timer.join()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("look-ahead")]


def test_work_is_done_in_other_threads_that_were_initialised() -> None:
    ready: set[int] = set()
    work = [threading.get_ident for _ in range(4)]
    threads = set(look_ahead(work, threads=2, in_line=4, initializer=lambda: ready.add(threading.get_ident())))
    assert threads <= ready
    assert threading.get_ident() not in threads
