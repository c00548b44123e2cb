from pathlib import Path

import numpy as np
import pytest

from hapvr.storage.views import OnDisk, View, read_views, write_views


def view(source: str, number: int, mixed: str = "") -> View:
    generator = np.random.default_rng(number)
    features, teacher = generator.random((4, 9, 3)), generator.random((4, 2))
    return View(source, "strong", number, mixed, features.astype(np.float16), teacher.astype(np.float16))


def test_views_come_back_as_written_in_order_of_source_and_number(tmp_path: Path) -> None:
    write_views(tmp_path / "0.h5", [view("b", 1, mixed="c"), view("b", 10), view("b", 2)])
    write_views(tmp_path / "1.h5", [view("a", 0)])
    found = read_views([tmp_path / "1.h5", tmp_path / "0.h5"], memory_gb=1)
    assert [(item.source, item.number, item.mixed) for item in found] == [
        ("b", 1, "c"),
        ("b", 2, ""),
        ("b", 10, ""),
        ("a", 0, ""),
    ]
    assert np.array_equal(found[0].features, view("b", 1).features)
    assert np.array_equal(found[2].teacher, view("b", 10).teacher)


@pytest.mark.parametrize("rows", [[0, 1, 2, 3], [3, 1, 1, 2], [2, 2]])
def test_a_bank_larger_than_the_memory_given_stays_on_disk_and_gives_the_same_rows(
    tmp_path: Path, rows: list[int]
) -> None:
    write_views(tmp_path / "0.h5", [view("a", 0), view("b", 1, mixed="a")])
    held, stored = (read_views([tmp_path / "0.h5"], memory_gb=memory_gb) for memory_gb in (1, 0))
    for first, second in zip(held, stored, strict=True):
        assert isinstance(first.features, np.ndarray)
        assert isinstance(second.features, OnDisk)
        assert (first.source, first.number, first.sources) == (second.source, second.number, second.sources)
        assert len(first.teacher) == len(second.teacher)
        for name in ("features", "teacher"):
            assert np.array_equal(getattr(first, name)[np.array(rows)], getattr(second, name)[np.array(rows)])


def test_a_mixed_view_shows_two_sources() -> None:
    assert view("a", 0, mixed="b").sources == {"a", "b"}
    assert view("a", 0).sources == {"a"}


def test_the_same_views_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("first.h5", "second.h5"):
        write_views(tmp_path / name, [view("a", 0), view("a", 1, mixed="b")])
    assert (tmp_path / "first.h5").read_bytes() == (tmp_path / "second.h5").read_bytes()


def test_an_empty_bank_is_an_error_that_names_the_stage(tmp_path: Path) -> None:
    write_views(tmp_path / "0.h5", [])
    with pytest.raises(ValueError, match=r"no view in .*0.h5.*run the stage `views`"):
        read_views([tmp_path / "0.h5"], memory_gb=1)
