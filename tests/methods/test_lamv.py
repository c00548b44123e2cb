"""LAMV: TMK to begin with, and better at finding a synthetic alignment once it has learned."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from hapvr.methods.lamv import LAMV
from hapvr.methods.model import TrainingSet, load_model, save_model
from hapvr.methods.tmk import TMK

COMMON: dict[str, Any] = {"normalisation": "feat_freq", "largest_shift": 10}
OWN = {"margin": 0.05, "tolerance": 1, "repeated": 0.2, "noise": 0.5, "learning_rate": 0.05}
KERNEL = (1, [31, 53], 6, 32.0)


def lamv(**changes: Any) -> LAMV:
    return LAMV(*KERNEL, **COMMON, **{**OWN, **changes})


def training_set(*, frames: int = 30, videos: int = 8, seed: int = 0) -> TrainingSet:
    random = np.random.default_rng(1)
    features = {f"v{number}": random.standard_normal((frames, 9, 32), np.float32) for number in range(videos)}
    return TrainingSet(features, list(features), {}, seed, steps=20, window=12, batch=8)


def test_it_begins_as_tmk_with_coefficients_of_sum_one() -> None:
    method, tmk = lamv(), TMK(*KERNEL, **COMMON)
    assert torch.allclose(method.weights.sum(-1), torch.ones(2))
    torch.testing.assert_close(method.weights * tmk.weights.sum(-1, keepdim=True), tmk.weights)


def test_loss_by_hand() -> None:
    method = lamv(margin=100.0, tolerance=0)
    first = torch.randn((2, 12, 32), generator=torch.Generator().manual_seed(0))
    second = first.roll(3, dims=1)
    shift = torch.tensor([-3, -3])
    own = []
    for one, other in ((0, 0), (1, 1), (0, 1), (1, 0)):
        queries, targets = (method.index(video[:, None]) for video in (first[one], second[other]))
        own.append(method.shift_scores(queries, targets))
    hinges = []
    for number, stranger in ((0, 2), (1, 3)):
        elsewhere = torch.cat([own[number][:7], own[number][8:]]).max()
        hinges.append(2 * 100 - 2 * own[number][7] + elsewhere + own[stranger].max())
    unit = torch.nn.functional.normalize
    found = method.loss(unit(first, dim=-1), unit(second, dim=-1), shift)
    assert found.item() == pytest.approx((sum(hinges) / 2).item(), rel=1e-5)


def test_excerpts_are_aligned_by_their_shift() -> None:
    method, training = lamv(repeated=0, noise=0), training_set()
    for step in range(5):
        for first, second, shift in zip(*method._excerpts(training, 4, step), strict=True):
            shift = int(shift)
            assert abs(shift) <= 6
            # A frame is shown `shift` later in the first.
            length = 12 - abs(shift)
            torch.testing.assert_close(first[max(shift, 0) :][:length], second[max(-shift, 0) :][:length])


def test_fit_lowers_the_loss_and_gives_the_same_bytes_twice() -> None:
    once, again = lamv(margin=5), lamv(margin=5)
    excerpts = once._excerpts(training_set(seed=9), 8, 0)
    before = once.loss(*excerpts).item()
    once.fit(training_set())
    again.fit(training_set())
    assert once.loss(*excerpts).item() < before
    assert torch.equal(once.logits, again.logits)


def test_videos_shorter_than_a_window_are_repeated() -> None:
    method = lamv()
    method.fit(training_set(frames=3))
    assert torch.isfinite(method.logits).all()


def test_too_few_videos_are_refused() -> None:
    with pytest.raises(ValueError, match="4 videos a step, but 3 unlabelled ones"):
        lamv().fit(training_set(videos=3))


def test_saved_and_loaded_it_scores_the_same(tmp_path: Path) -> None:
    method = lamv()
    method.fit(training_set())
    save_model(tmp_path, method, config={"method": {"name": "lamv", **_parameters()}})
    loaded: Any = load_model(tmp_path, 32)
    videos = [torch.randn((count, 9, 32), generator=torch.Generator().manual_seed(count)) for count in (5, 20)]
    scores = [of.similarity(*(of.index(video) for video in videos)) for of in (method, loaded)]
    assert torch.equal(*scores)


def _parameters() -> dict[str, Any]:
    return dict(zip(("step", "periods", "frequencies", "beta"), KERNEL, strict=True)) | COMMON | OWN
