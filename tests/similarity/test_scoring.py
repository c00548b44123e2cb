import numpy as np
import pytest
import torch

from hapvr.similarity import score
from hapvr.similarity.model import build
from hapvr.similarity.pair import one_pair_at_a_time

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
    return np.array([[one_pair_at_a_time(method, a, b).item() for b in indexed[1]] for a in indexed[0]], np.float32)


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


def test_too_little_memory_is_named(method, videos):
    with pytest.raises(ValueError, match=r"memory_gb: 1e-09 GiB hold less than one frame"):
        score(method, videos[:4], videos, device="cpu", memory_gb=1e-9)
