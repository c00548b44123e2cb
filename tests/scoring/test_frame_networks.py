"""Queries laid end to end give what each alone gives, whatever the padding and the kind of index."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hapvr.methods.model import build, load_model, save_model
from hapvr.similarity import score

DIMS = 16
STUDENT = {"regularisation": 0.001, "learning_rate": 1e-4}
VISIL = {"name": "visil", "symmetric": False, "margin": 0.5, "regularisation": 0.1, "learning_rate": 1e-5}
METHODS = {
    "visil": VISIL,
    "visil_symmetric": VISIL | {"symmetric": True},
    "dns_att": {"name": "dns_att", **STUDENT},
    "dns_bin": {"name": "dns_bin", "bits": 24, "sigma": 1e-6, **STUDENT},
}
LENGTHS = [4, 9, 30, 7, 1, 17, 8, 12, 6, 5, 3, 2, 540, 11, 1100, 10]


def made(method: dict, dims: int = DIMS, seed: int = 0) -> torch.nn.Module:
    """A network whose outputs differ from video to video, and with what lies at the borders."""
    torch.manual_seed(seed)
    network = build(method, dims).eval().requires_grad_(False)
    for name, parameter in network.comparator_module.named_parameters():
        if name.endswith("bias"):
            parameter.uniform_(-0.3, 0.3)
        else:
            parameter *= 2
    return network


def unit(random: np.random.Generator, *shape: int) -> np.ndarray:
    video = random.standard_normal(shape, np.float32)
    return video / np.linalg.norm(video, axis=-1, keepdims=True)


@pytest.fixture(scope="module")
def videos() -> list[np.ndarray]:
    random = np.random.default_rng(0)
    return [unit(random, frames, 4, DIMS) for frames in LENGTHS]


@pytest.fixture(params=METHODS)
def method(request: pytest.FixtureRequest) -> torch.nn.Module:
    return made(METHODS[request.param])


def by_definition(method: torch.nn.Module, queries: list[np.ndarray], database: list[np.ndarray]) -> np.ndarray:
    sides = [[method.index(torch.from_numpy(video)) for video in side] for side in (queries, database)]
    return np.array([[method.similarity(a, b).item() for b in sides[1]] for a in sides[0]], np.float32)


def test_equals_one_pair_at_a_time(method: torch.nn.Module, videos: list[np.ndarray]) -> None:
    expected = by_definition(method, videos, videos)
    np.testing.assert_allclose(score(method, videos, videos, device="cpu", memory_gb=1), expected, atol=1e-5)
    assert np.ptp(expected) > 0.1


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from(["visil", "dns_bin"]),
    st.lists(st.integers(1, 90), min_size=1, max_size=12),
    st.lists(st.integers(1, 90), min_size=1, max_size=4),
    st.integers(0, 2**31),
)
def test_any_lengths_equal_one_pair_at_a_time(name: str, queries: list[int], targets: list[int], seed: int) -> None:
    network, random = made(METHODS[name], 8, seed), np.random.default_rng(seed)
    sides = [[unit(random, frames, 3, 8) for frames in lengths] for lengths in (queries, targets)]
    expected = by_definition(network, *sides)
    np.testing.assert_allclose(score(network, *sides, device="cpu", memory_gb=0.25), expected, atol=1e-5)


def test_no_score_depends_on_what_is_compared_together(method: torch.nn.Module, videos: list[np.ndarray]) -> None:
    short = videos[:8]
    whole = score(method, short, short, device="cpu", memory_gb=1)
    backwards = score(method, short, short[::-1], device="cpu", memory_gb=0.1)
    assert np.array_equal(whole, backwards[:, ::-1])


def test_saved_and_loaded_it_scores_the_same(
    method: torch.nn.Module, videos: list[np.ndarray], request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    short = videos[:5]
    expected = score(method, short, short, device="cpu", memory_gb=1)
    options = METHODS[request.node.callspec.params["method"]]
    save_model(tmp_path, method, config={"method": options})
    np.testing.assert_array_equal(score(load_model(tmp_path, DIMS), short, short, device="cpu", memory_gb=1), expected)


def test_named_amount_of_memory_is_enough(method: torch.nn.Module, videos: list[np.ndarray]) -> None:
    with pytest.raises(ValueError, match="memory_gb") as error:
        score(method, videos[:4], videos, device="cpu", memory_gb=1e-9)
    enough = float(str(error.value).split()[-1])
    assert score(method, videos[:4], videos, device="cpu", memory_gb=enough).shape == (4, len(videos))


def test_packed_codes_score_exactly_as_unpacked_ones(videos: list[np.ndarray], monkeypatch: pytest.MonkeyPatch) -> None:
    from hapvr.methods import dns_bin
    from hapvr.similarity.packed_bits import unpack
    from hapvr.similarity.region_similarity import frame_similarity

    def unpacked(query: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return frame_similarity(unpack(query, torch.float32), unpack(target, torch.float32), 0)

    packed = score(made(METHODS["dns_bin"]), videos, videos, device="cpu", memory_gb=1)
    monkeypatch.setattr(dns_bin, "best_products", unpacked)
    np.testing.assert_array_equal(packed, score(made(METHODS["dns_bin"]), videos, videos, device="cpu", memory_gb=1))
