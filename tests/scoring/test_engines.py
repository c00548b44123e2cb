"""A method needs two functions to be scored; what it declares makes that faster and changes nothing."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hapvr.methods import METHODS
from hapvr.methods.model import build
from hapvr.scoring import blocks, strips
from hapvr.scoring.blocks import Blocks, Part
from hapvr.scoring.engines import ENGINES, engine_of
from hapvr.scoring.memory import Sizes
from hapvr.similarity import score, topk_chamfer

DIMS = 16
PARAMETERS = {
    "chamfer": {"region_top_rate": 0.4, "frame_top_rate": 0.3},
    "dns_att": {"regularisation": 0.001, "learning_rate": 1e-4},
    "dns_bin": {"bits": 24, "sigma": 1e-6, "regularisation": 0.001, "learning_rate": 1e-4},
    "dns_coarse": {
        **{"layers": 1, "heads": 4, "feedforward": 32, "clusters": 4, "output": 12, "dropout": 0.1},
        **{"learning_rate": 1e-4},
    },
    "dml": {"hidden": [24, 20], "output": 12, "margin": 1.0, "learning_rate": 1e-3},
    "mean_pool": {},
    "lamv": {
        **{"step": 1, "periods": [31, 53], "frequencies": 6, "beta": 32, "normalisation": "freq", "largest_shift": 5},
        **{"margin": 1, "tolerance": 1, "repeated": 0.1, "noise": 0.1, "learning_rate": 0.1},
    },
    "random": {"seed": 0},
    "tmk": {"step": 1, "periods": [31, 53], "frequencies": 6, "beta": 32, "normalisation": "freq", "largest_shift": 5},
    "similarity_network": {"region_top_rate": 0.3, "frame_top_rate": 0.25, "minimum_frames": 8},
    "visil": {"symmetric": False, "margin": 0.5, "regularisation": 0.1, "learning_rate": 1e-5},
    "tca": {
        **{"similarity": "chamfer", "heads": 4, "feedforward": 32, "layers": 1, "dropout": 0.1},
        **{"queue": 8, "momentum": 0.9, "temperature": 0.1, "learning_rate": 1e-3},
    },
    "vrl": {
        **{"clip": 5, "missing": 0.2, "heads": 4, "feedforward": 32, "layers": 1, "dropout": 0.1},
        **{"temperature": 0.1, "learning_rate": 1e-3},
    },
}


class BothWays(nn.Module):
    """Mean of both directions' Chamfer similarity of frames less their video's mean, `stride` frames an output."""

    engine = "frame_matrix"
    region_top_rate = 0.4
    frame_top_rate = 0.0
    bytes_per_frame_pair = 8
    index_whole = True
    symmetric = True

    def __init__(self, stride: int, halo: int) -> None:
        super().__init__()
        self.stride, self.halo = stride, halo
        # Neighbours are not masked: none of them may be another query's.
        self.gap = 1 + halo // stride

    def index(self, features: Tensor) -> Tensor:
        """Features [T, R, D] → [T, R, D], T at least the stride."""
        repeated = features.repeat(-(-self.stride // len(features)), 1, 1)
        return F.normalize(repeated - repeated.mean(0), dim=-1)

    def refine(self, frame_similarity: Tensor, real: Tensor) -> Tensor:
        """Mean over the frames of each output and, with a halo, those of its neighbours; zero rows count as zeros."""
        wide = 2 * self.halo + self.stride
        return F.avg_pool2d(frame_similarity, wide, self.stride, self.halo, count_include_pad=True)

    def similarity(self, query: Tensor, target: Tensor) -> Tensor:
        """Mean of both directions."""
        frames = topk_chamfer(torch.einsum("trd,usd->turs", query, target), self.region_top_rate)
        outputs = self.refine(frames[None], torch.ones(len(query), dtype=torch.bool))[0]
        outputs = outputs[: len(query) // self.stride, : len(target) // self.stride]
        return (topk_chamfer(outputs, 0) + topk_chamfer(outputs.T, 0)) / 2


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


def method_of(name: str) -> Any:
    torch.manual_seed(0)
    return build({"name": name, **PARAMETERS[name]}, DIMS).eval().requires_grad_(False)


def in_pairs(method: nn.Module, queries: list[np.ndarray], database: list[np.ndarray]) -> np.ndarray:
    sides = [[method.index(torch.from_numpy(video)) for video in side] for side in (queries, database)]
    return np.array([[method.similarity(a, b).item() for b in sides[1]] for a in sides[0]], np.float32)


def test_every_method_is_tested_here_and_names_an_engine() -> None:
    retrieving = [name for name in METHODS if METHODS.constant(name, "retrieves") is not False]
    assert set(PARAMETERS) == set(retrieving)
    assert {method_of(name).engine for name in retrieving} == set(ENGINES) - {"pair"}


@pytest.mark.parametrize("name", PARAMETERS)
def test_engine_of_a_method_equals_its_similarity_of_each_pair(name: str, videos: list[np.ndarray]) -> None:
    method = method_of(name)
    expected = in_pairs(method, videos, videos)
    np.testing.assert_allclose(score(method, videos, videos, device="cpu", memory_gb=1), expected, atol=1e-5)


@pytest.mark.parametrize("name", [name for name in PARAMETERS if hasattr(METHODS[name], "engine")])
def test_a_method_that_names_no_engine_is_scored_pair_by_pair(
    name: str, videos: list[np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    method = method_of(name)
    monkeypatch.delattr(next(kind for kind in type(method).__mro__ if "engine" in vars(kind)), "engine")
    expected = in_pairs(method, videos[:3], videos)
    np.testing.assert_array_equal(score(method, videos[:3], videos, device="cpu", memory_gb=1), expected)


def test_temporal_method_with_two_functions_finds_a_shifted_copy(videos: list[np.ndarray]) -> None:
    copy = np.concatenate([videos[1], videos[5][3:14], videos[0]])
    scores = score(BestAligned(), [videos[5][3:14]], [*videos[:5], copy], device="cpu", memory_gb=1)
    assert scores.argmax() == 5
    assert scores[0, 5] == pytest.approx(1, abs=1e-6)
    np.testing.assert_array_equal(scores, in_pairs(BestAligned(), [videos[5][3:14]], [*videos[:5], copy]))


@pytest.mark.parametrize(("stride", "halo"), [(1, 0), (4, 0), (4, 4)])
@pytest.mark.parametrize("strip", [64, 512])
def test_symmetric_similarity_equals_that_of_each_pair(
    stride: int, halo: int, strip: int, videos: list[np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Several queries in a strip, queries in several strips, and targets in several chunks."""
    monkeypatch.setattr(strips, "CHUNK", 32)
    monkeypatch.setattr(strips, "CPU_STRIP", strip)
    method = BothWays(stride, halo)
    found = score(method, videos, videos, device="cpu", memory_gb=1)
    np.testing.assert_allclose(found, in_pairs(method, videos, videos), atol=1e-5)
    np.testing.assert_allclose(found[:1], score(method, videos[:1], videos, device="cpu", memory_gb=1), atol=1e-6)


def test_symmetric_similarity_of_negative_products_by_hand() -> None:
    """Zero rows between queries would win where every product is negative."""
    method = tca("symmetric", 2)
    method.encoder = torch.nn.Identity()
    one, two = torch.eye(2)[:, None]
    queries, video = [one[None], torch.stack([one, two]), two[None]], -torch.stack([one, one, two])
    # Products of (one, two) with the video: −1 −1 0 and 0 0 −1.
    expected = [[(0 - 2 / 3) / 2], [0], [(0 - 1 / 3) / 2]]
    np.testing.assert_allclose(score(method, queries, [video], device="cpu", memory_gb=1), expected, atol=1e-6)


def test_symmetric_similarity_keeps_the_best_frame_alone() -> None:
    method = BothWays(1, 0)
    method.frame_top_rate = 0.1
    with pytest.raises(
        ValueError, match=r"BothWays.frame_top_rate: expected 0 for symmetric similarity, .* found 0\.1"
    ):
        engine_of(method, dtype=torch.float32, device=torch.device("cpu"))


@pytest.mark.parametrize("similarity", ["cosine", "symmetric"])
def test_every_similarity_of_tca_equals_that_of_each_pair(similarity: str, videos: list[np.ndarray]) -> None:
    method = tca(similarity, DIMS)
    expected = in_pairs(method, videos, videos)
    np.testing.assert_allclose(score(method, videos, videos, device="cpu", memory_gb=1), expected, atol=1e-5)


def tca(similarity: str, dims: int) -> nn.Module:
    torch.manual_seed(0)
    parameters = PARAMETERS["tca"] | {"similarity": similarity, "heads": 1}
    return build({"name": "tca", **parameters}, dims).eval().requires_grad_(False)


def test_video_is_indexed_as_a_whole_where_the_method_says_so(
    videos: list[np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    index = BothWays.index
    monkeypatch.setattr(BothWays, "index", lambda self, features: seen.append(len(features)) or index(self, features))
    score(BothWays(1, 0), videos[:1], [np.concatenate([videos[-1]] * 3)], device="cpu", memory_gb=1)
    assert seen == [1, 4, 1620]


@pytest.mark.parametrize(("name", "similarity"), [("tca", "cosine"), ("tca", "chamfer"), ("vrl", None)])
def test_memory_of_index_is_counted_for_the_longest_video(name: str, similarity: str | None) -> None:
    parameters = PARAMETERS[name] | ({"similarity": similarity} if similarity else {})
    engine = engine_of(build({"name": name, **parameters}, DIMS), dtype=torch.float32, device=torch.device("cpu"))
    frame = torch.zeros(1, 9, DIMS)
    small, large = (engine.needed_bytes(Sizes([10], [frames], frame))["one video"] for frames in (1000, 11_000))
    assert large - small >= 10_000 * 4 * (9 * DIMS + 2 * 32)


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
