"""The benchmark compares like with like."""

import runpy
from pathlib import Path

import pytest
import torch

BENCHMARK = runpy.run_path(str(Path(__file__).parents[2] / "benchmarks" / "losses.py"))


@pytest.mark.parametrize("case", ["video level", "frame level"])
def test_both_implementations_give_one_value_and_gradient(case):
    results = []
    for implementation in ("hapvr", "straightforward"):
        torch.manual_seed(0)
        similarity, loss = BENCHMARK["CASES"][case](8, "cpu", implementation)
        value = loss(similarity)
        results.append((value.detach(), torch.autograd.grad(value, similarity)[0]))
    torch.testing.assert_close(results[0], results[1])


def test_straightforward_runs_stay_within_the_memory_given():
    sizes = [(case, size) for case, kind, size, _ in BENCHMARK["plan"](1) if kind == "straightforward"]
    assert max(size for case, size in sizes if case == "video level") == 256
    assert max(size for case, size in sizes if case == "frame level") == 32
