"""TMK: equal to the published code, and blind to a shift of both videos in time."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from hapvr.methods.tmk import TMK, fourier_series, kernel_coefficients

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "tmk.npz")
KINDS = ["feat_freq", "feat", "freq", "matrix"]
CASES = ["poullot", *(f"{periods}_{kind}" for periods in ("default", "short") for kind in KINDS)]
FREQUENCIES, BETA = 12, 32.0


def golden(name: str) -> Tensor:
    return torch.from_numpy(GOLDEN[name])


def method_of(case: str) -> TMK:
    kind = "freq" if case == "poullot" else case.split("_", 1)[1]
    of_periods = case if f"{case}/periods" in GOLDEN.files else "short_feat_freq"
    periods = GOLDEN[f"{of_periods}/periods"].tolist()
    method = TMK(1, periods, FREQUENCIES, BETA, normalisation=kind.replace("random", "feat_freq"), largest_shift=40)
    method.shifts = golden("offsets").float()
    return method


def series(method: TMK, number: int, later: float = 0) -> Tensor:
    times = golden(f"time{number}").double() + later
    return fourier_series(golden(f"video{number}"), times, method.periods, FREQUENCIES)


@pytest.mark.parametrize("case", CASES)
def test_scores_equal_the_published_ones(case: str) -> None:
    method = method_of(case)
    videos = [method.normalise(series(method, number)) for number in range(5)]
    similarity = torch.stack([torch.stack([method.similarity(a, b) for b in videos]) for a in videos])
    assert_close(similarity, golden(f"{case}/similarity"))
    assert_close(method.shift_scores(videos[2], videos[3]), golden(f"{case}/score_2_3"))
    if f"{case}/shift" in GOLDEN.files:
        best = [[method.shifts[method.shift_scores(a, b).argmax()].item() for b in videos] for a in videos]
        assert best == golden(f"{case}/shift").tolist()


@pytest.mark.parametrize("case", ["poullot", "default_feat_freq", "short_feat_freq"])
def test_series_and_coefficients_equal_the_published_ones(case: str) -> None:
    method = method_of(case)
    assert_close(method.coefficients, golden(f"{case}/coefficients"))
    roots = method.coefficients.sqrt().repeat(1, 2).unsqueeze(-1)
    assert_close(series(method, 2) * roots, golden(f"{case}/indexed2"))


def test_series_of_a_later_video_equal_the_published_ones() -> None:
    method = method_of("short_feat_freq")
    roots = method.coefficients.sqrt().repeat(1, 2).unsqueeze(-1)
    assert_close(series(method, 2, later=7) * roots, golden("short_feat_freq/shifted2_by7"))


def test_other_coefficients_have_the_published_scores_and_gradient() -> None:
    method = method_of("short_random")
    method.coefficients = golden("short_random/coefficients").requires_grad_()
    videos = [method.normalise(series(method, number)) for number in range(5)]
    scores = method.shift_scores(videos[2], videos[3])
    assert_close(scores, golden("short_random/score_2_3"))
    (scores * golden("short_random/grad_weight")).sum().backward()
    assert_close(method.coefficients.grad, golden("short_random/grad_coefficients"))


def test_coefficients_by_hand() -> None:
    # I0(1) = 1.2660659, I1(1) = 0.5651591, sinh 1 = 1.1752012, exp(−1) = 0.3678794
    expected = [(1.2660659 - 0.3678794) / (2 * 1.1752012), 0.5651591 / 1.1752012]
    assert kernel_coefficients(2, 1.0).tolist() == pytest.approx(expected, rel=1e-6)
    assert kernel_coefficients(12, 1.0)[-1] == pytest.approx(1e-7)


def test_one_frame_by_hand() -> None:
    # A frame at time 0 has sines 0 and cosines 1: with `matrix` and shift 0 a video and itself score 1, and a frame
    # orthogonal to it 0.
    method = TMK(1, [8], 3, 1.0, normalisation="matrix", largest_shift=0)
    frame, other = torch.tensor([[[1.0, 0.0]]]), torch.tensor([[[0.0, 1.0]]])
    videos = [method.index(frame), method.index(other)]
    assert method.similarity(videos[0], videos[0]).item() == pytest.approx(1, abs=1e-6)
    assert method.similarity(videos[0], videos[1]).item() == pytest.approx(0, abs=1e-6)


def test_best_shift_is_where_an_excerpt_lies() -> None:
    method = TMK(1, [61, 83], 16, 32.0, normalisation="feat_freq", largest_shift=40)
    video = torch.randn((50, 9, 64), generator=torch.Generator().manual_seed(0))
    scores = method.shift_scores(method.index(video[20:40]), method.index(video))
    # The excerpt's time 0 is the video's 20: t_query − t_target = −20.
    assert method.shifts[scores.argmax()] == -20


@pytest.mark.parametrize("normalisation", ["freq", "matrix"])
def test_a_shift_of_both_videos_in_time_changes_nothing(normalisation: Any) -> None:
    method = TMK(1, [61, 83], 16, 32.0, normalisation=normalisation, largest_shift=40)
    random = torch.Generator().manual_seed(0)
    videos = [torch.randn((count, 64), generator=random) for count in (20, 30)]
    found = []
    for later in (0, 13):
        all_series = [fourier_series(of, torch.arange(len(of)) + later, method.periods, 16) for of in videos]
        found.append(method.shift_scores(*(method.normalise(of) for of in all_series)))
    torch.testing.assert_close(found[0], found[1], atol=1e-5, rtol=1e-4)


def assert_close(found: Tensor | None, expected: Tensor) -> None:
    """To 1e-5 of the largest entry."""
    assert found is not None
    torch.testing.assert_close(found / expected.abs().max(), expected / expected.abs().max(), atol=1e-5, rtol=0)
