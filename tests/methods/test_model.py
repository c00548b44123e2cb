from pathlib import Path

import numpy as np
import pytest
import torch

from hapvr.methods.model import build, frame_similarity_of, load_model
from hapvr.storage.files import write_json

NETWORK = {"name": "similarity_network", "region_top_rate": 0.1, "frame_top_rate": 0.03, "minimum_frames": 8}
CHAMFER = {"name": "chamfer", "region_top_rate": 0.0, "frame_top_rate": 0.0}


def unit(frames: int, seed: int) -> np.ndarray:
    video = np.random.default_rng(seed).standard_normal((frames, 9, 4)).astype(np.float32)
    return video / np.linalg.norm(video, axis=2, keepdims=True)


def test_model_with_weights_and_no_weights_file_is_refused(tmp_path: Path) -> None:
    write_json(tmp_path / "config.json", {"method": NETWORK})
    with pytest.raises(FileNotFoundError, match=r"weights\.safetensors: no such file, but similarity_network needs"):
        load_model(tmp_path, 4)


def test_frozen_model_needs_no_weights_file(tmp_path: Path) -> None:
    write_json(tmp_path / "config.json", {"method": CHAMFER})
    assert not load_model(tmp_path, 4).training


def test_frame_similarity_is_what_the_method_sees() -> None:
    query, target = unit(5, 0), unit(7, 1)
    found = frame_similarity_of(build(CHAMFER, 4), query, target)
    np.testing.assert_allclose(found, np.einsum("trd,usd->turs", query, target).max(-1).mean(-1), atol=1e-6)


def test_frames_that_a_method_repeats_are_left_out() -> None:
    torch.manual_seed(0)
    assert frame_similarity_of(build(NETWORK, 4), unit(3, 0), unit(10, 1)).shape == (3, 10)


def test_frames_of_a_method_without_any_are_compared_by_their_means() -> None:
    query, target = unit(5, 0), unit(7, 1)
    means = [video.mean(1) / np.linalg.norm(video.mean(1), axis=1, keepdims=True) for video in (query, target)]
    found = frame_similarity_of(build({"name": "mean_pool"}, 4), query, target)
    np.testing.assert_allclose(found, means[0] @ means[1].T, atol=1e-6)
