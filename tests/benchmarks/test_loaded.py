"""The share that a fair machine gives is worked out right."""

import runpy
from pathlib import Path

import pytest

BENCHMARK = runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "loaded.py"))


@pytest.mark.parametrize(
    ("threads", "busy", "cores", "share"),
    [(2, 3, 2, 0.4), (1, 1, 2, 1.0), (2, 0, 1, 1.0), (2, 2, 2, 0.5), (1, 3, 2, 0.5)],
)
def test_share_is_of_the_cores_that_the_threads_would_have_alone(
    threads: int, busy: int, cores: int, share: float
) -> None:
    assert BENCHMARK["share_of"](threads, busy, cores) == pytest.approx(share)
