"""A method needs two functions to be scored; what it declares makes that faster and changes nothing."""

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hapvr.methods import METHODS
from hapvr.methods.model import build
from hapvr.scoring import blocks
from hapvr.scoring.blocks import Blocks, Part
from hapvr.scoring.engines import ENGINES, engine_of
from hapvr.similarity import score

DIMS = 16
PARAMETERS = {
    "chamfer": {"region_top_rate": 0.4, "frame_top_rate": 0.3},
    "dns_att": {"regularisation": 0.001, "learning_rate": 1e-4},
    "dns_bin": {"bits": 24, "sigma": 1e-6, "regularisation": 0.001, "learning_rate": 1e-4},
    "mean_pool": {},
    "lamv": {
        **{"step": 1, "periods": [31, 53], "frequencies": 6, "beta": 32, "normalisation": "freq", "largest_shift": 5},
        **{"margin": 1, "tolerance": 1, "repeated": 0.1, "noise": 0.1, "learning_rate": 0.1},
    },
    "random": {"seed": 0},
    "tmk": {"step": 1, "periods": [31, 53], "frequencies": 6, "beta": 32, "normalisation": "freq", "largest_shift": 5},
    "similarity_network": {"region_top_rate": 0.3, "frame_top_rate": 0.25, "minimum_frames": 8},
    "visil": {"symmetric": False, "margin": 0.5, "regularisation": 0.1, "learning_rate": 1e-5},
}


class BestAligned(nn.Module):
    """Mean cosine of frames over the overlap of the two videos, at the shift where that is largest."""

    def index(self, features: Tensor) -> Tensor:
        """Features [T, R, D] → a unit vector per frame, [T, D]."""
        return F.normalize(features.mean(1), dim=1)

    def similarity(self, query: Tensor, target: Tensor) -> Tensor:
        """Cross-correlation at the best shift."""
        frames = query @ target.T
        shifts = range(1 - len(query), len(target))
        return torch.stack([frames.diagonal(shift).sum() for shift in shifts]).max() / len(query)


@pytest.fixture(scope="module")
def videos() -> list[np.ndarray]:
    random = np.random.default_rng(0)
    return [random.standard_normal((frames, 9, DIMS), np.float32) for frames in [4, 9, 30, 9, 1, 17, 12, 540]]


def in_pairs(method: nn.Module, queries: list[np.ndarray], database: list[np.ndarray]) -> np.ndarray:
    sides = [[method.index(torch.from_numpy(video)) for video in side] for side in (queries, database)]
    return np.array([[method.similarity(a, b).item() for b in sides[1]] for a in sides[0]], np.float32)


def test_every_method_is_tested_here_and_names_an_engine() -> None:
    assert set(PARAMETERS) == set(METHODS)
    assert {METHODS[name].engine for name in METHODS} == set(ENGINES) - {"pair"}


@pytest.mark.parametrize("name", PARAMETERS)
def test_engine_of_a_method_equals_its_similarity_of_each_pair(name: str, videos: list[np.ndarray]) -> None:
    torch.manual_seed(0)
    method = build({"name": name, **PARAMETERS[name]}, DIMS).eval().requires_grad_(False)
    expected = in_pairs(method, videos, videos)
    np.testing.assert_allclose(score(method, videos, videos, device="cpu", memory_gb=1), expected, atol=1e-5)


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_method_that_names_no_engine_is_scored_pair_by_pair(
    name: str, videos: list[np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    monkeypatch.delattr(next(kind for kind in METHODS[name].__mro__ if "engine" in vars(kind)), "engine")
    method = build({"name": name, **PARAMETERS[name]}, DIMS).eval().requires_grad_(False)
    expected = in_pairs(method, videos[:3], videos)
    np.testing.assert_array_equal(score(method, videos[:3], videos, device="cpu", memory_gb=1), expected)


def test_temporal_method_with_two_functions_finds_a_shifted_copy(videos: list[np.ndarray]) -> None:
    copy = np.concatenate([videos[1], videos[5][3:14], videos[0]])
    scores = score(BestAligned(), [videos[5][3:14]], [*videos[:5], copy], device="cpu", memory_gb=1)
    assert scores.argmax() == 5
    assert scores[0, 5] == pytest.approx(1, abs=1e-6)
    np.testing.assert_array_equal(scores, in_pairs(BestAligned(), [videos[5][3:14]], [*videos[:5], copy]))


def test_parts_and_blocks_of_such_a_method_are_put_together(
    videos: list[np.ndarray], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "BLOCK", 3)
    kept = Blocks(tmp_path, {})

    def run(**options: object) -> np.ndarray:
        return score(BestAligned(), videos[:2], videos, device="cpu", memory_gb=1, **options)

    for number in (1, 0):
        run(blocks=kept, part=Part(number, 2))
    monkeypatch.setattr(BestAligned, "similarity", None)  # nothing is left to compute
    together = run(blocks=kept)
    monkeypatch.undo()
    np.testing.assert_array_equal(together, run())


def test_unknown_engine_is_named_with_the_accepted_ones() -> None:
    method = BestAligned()
    method.engine = "quantum"
    with pytest.raises(ValueError, match=r"BestAligned.engine: 'quantum' is no engine; accepted: pair, vector, fixed"):
        engine_of(method, dtype=torch.float32, device=torch.device("cpu"))
