import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from hapvr.methods.model import build
from hapvr.similarity import score

DIMS = 16
METHODS = {
    "mean_pool": {"name": "mean_pool"},
    "chamfer": {"name": "chamfer", "region_top_rate": 0.0, "frame_top_rate": 0.0},
    "topk_chamfer": {"name": "chamfer", "region_top_rate": 0.4, "frame_top_rate": 0.3},
    "network": {
        "name": "similarity_network",
        "region_top_rate": 0.3,
        "frame_top_rate": 0.25,
        "minimum_frames": 8,
    },
    "tca_symmetric": {
        "name": "tca",
        "similarity": "symmetric",
        **{"heads": 4, "feedforward": 32, "layers": 1, "dropout": 0.1, "temperature": 0.1, "learning_rate": 1e-3},
        **{"queue": 8, "momentum": 0.9},
    },
    "vrl": {
        "name": "vrl",
        **{"heads": 4, "feedforward": 32, "layers": 1, "dropout": 0.1, "temperature": 0.1, "learning_rate": 1e-3},
        **{"clip": 5, "missing": 0.2},
    },
}


@pytest.fixture(scope="module")
def videos() -> list[np.ndarray]:
    random = np.random.default_rng(0)
    lengths = [4, 9, 30, 9, 1, 17, 9, 30, 3, 12]
    return [random.standard_normal((length, 9, DIMS), np.float32) for length in lengths]


@pytest.fixture(params=METHODS)
def method(request) -> torch.nn.Module:
    torch.manual_seed(0)
    return build(METHODS[request.param], DIMS).eval().requires_grad_(False)


def by_definition(method: torch.nn.Module, queries: list, database: list) -> np.ndarray:
    indexed = [[method.index(torch.from_numpy(video)) for video in videos] for videos in (queries, database)]
    return np.array([[method.similarity(a, b).item() for b in indexed[1]] for a in indexed[0]], np.float32)


@pytest.mark.parametrize("memory_gb", [0.1, 1.0])
def test_equals_one_pair_at_a_time(method, videos, memory_gb):
    similarity = score(method, videos[:4], videos, device="cpu", memory_gb=memory_gb)
    np.testing.assert_allclose(similarity, by_definition(method, videos[:4], videos), atol=1e-5)


def test_chamfer_of_mean_vectors_by_hand():
    one, two = np.eye(2, dtype=np.float32)
    query, database = np.stack([[one], [two]]), [np.stack([[one]]), np.stack([[one], [two]])]
    chamfer = build(METHODS["chamfer"], 2)
    np.testing.assert_allclose(score(chamfer, [query], database, device="cpu", memory_gb=1), [[0.5, 1.0]])


def test_no_score_depends_on_what_is_compared_together(method, videos):
    """Any memory bound, any part of the database, any order: the same bytes."""
    whole = score(method, videos[:4], videos, device="cpu", memory_gb=1)
    tight = score(method, videos[:4], videos, device="cpu", memory_gb=0.1)
    backwards = score(method, videos[:4], videos[::-1], device="cpu", memory_gb=1)
    part = score(method, videos[:4], videos[3:6], device="cpu", memory_gb=1)
    assert np.array_equal(whole, tight)
    assert np.array_equal(whole, backwards[:, ::-1])
    assert np.array_equal(whole[:, 3:6], part)


@pytest.mark.parametrize(("query", "target"), [(37, 2100), (1030, 77), (1030, 1100)])
def test_long_videos_in_chunks_equal_the_whole(method, query, target):
    random = np.random.default_rng(1)
    videos = [random.standard_normal((length, 2, DIMS), np.float32) for length in (query, target)]
    chunked = score(method, [videos[0]], [videos[1]], device="cpu", memory_gb=1)
    np.testing.assert_allclose(chunked, by_definition(method, [videos[0]], [videos[1]]), atol=1e-5)


PUBLISHED = {"name": "similarity_network", "region_top_rate": 0.1, "frame_top_rate": 0.03, "minimum_frames": 8}


def test_video_of_several_hours_equals_the_whole_in_a_quarter_of_a_gibibyte():
    torch.manual_seed(1)
    network = build(PUBLISHED, 8).eval().requires_grad_(False)
    videos = [unit(np.random.default_rng(seed), frames, 9, 8) for seed, frames in enumerate((20, 12_000, 700))]
    expected = by_definition(network, videos[:1], videos[1:])
    np.testing.assert_allclose(
        score(network, videos[:1], videos[1:], device="cpu", memory_gb=0.25), expected, atol=1e-5
    )


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(1, 90), min_size=1, max_size=12),
    st.lists(st.integers(1, 90), min_size=1, max_size=5),
    st.sampled_from([0.0, 0.1, 0.3, 0.7, 1.0]),
    st.sampled_from([0.0, 0.03, 0.5, 1.0]),
    st.integers(4, 8),
    st.integers(0, 2**31),
)
def test_any_lengths_and_rates_equal_one_pair_at_a_time(queries, targets, region_rate, frame_rate, minimum, seed):
    torch.manual_seed(seed)
    settings = {"region_top_rate": region_rate, "frame_top_rate": frame_rate}
    network = build({**PUBLISHED, **settings, "minimum_frames": minimum}, 4).eval().requires_grad_(False)
    random = np.random.default_rng(seed)
    videos = [[unit(random, frames, 3, 4) for frames in lengths] for lengths in (queries, targets)]
    expected = by_definition(network, *videos)
    np.testing.assert_allclose(score(network, *videos, device="cpu", memory_gb=0.25), expected, atol=1e-5)


def unit(random: np.random.Generator, *shape: int) -> np.ndarray:
    video = random.standard_normal(shape, np.float32)
    return video / np.linalg.norm(video, axis=-1, keepdims=True)


class Unread(list):
    """Videos whose lengths are known and that may not be read."""

    def __init__(self, lengths: list[int]) -> None:
        super().__init__(lengths)
        self.lengths = lengths

    def __getitem__(self, position):
        raise AssertionError("read")


def test_too_little_memory_is_named_before_a_video_is_read(method, videos):
    with pytest.raises(
        ValueError, match=r"memory_gb: 0\.1 GiB allowed, .* 1000000 frames; raise score\.memory_gb to at least"
    ):
        score(method, videos[:4], Unread([30, 1_000_000]), device="cpu", memory_gb=0.1)


def test_named_amount_of_memory_is_enough(method, videos):
    with pytest.raises(ValueError, match="memory_gb") as error:
        score(method, videos[:4], videos, device="cpu", memory_gb=1e-9)
    enough = float(str(error.value).split()[-1])
    assert score(method, videos[:4], videos, device="cpu", memory_gb=enough).shape == (4, len(videos))
