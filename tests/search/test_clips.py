import numpy as np
import pytest

from hapvr.search.duplicates import clips
from hapvr.search.duplicates.clips import Clips, clip_frames, clip_vectors, find_candidates


def test_every_frame_is_in_a_clip_and_the_last_one_is_full():
    features = np.eye(7)[:, None, :]
    vectors = clip_vectors(features, 3)
    assert [np.flatnonzero(vector).tolist() for vector in vectors] == [[0, 1, 2], [3, 4, 5], [4, 5, 6]]
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, rtol=1e-3)
    assert clip_vectors(features[:2], 3).shape == (1, 7)


def test_clips_grow_until_their_vectors_fit_in_memory():
    lengths = [1000] * 100
    assert clip_frames(lengths, 128, frames=10, memory_gb=1) == 10
    longer = clip_frames(lengths, 128, frames=10, memory_gb=0.001)
    assert longer > 10
    assert sum(-(-length // longer) for length in lengths) * clips.memory_of(128) <= 0.001 * 2**30


@pytest.mark.parametrize("cells_from", [10**9, 100], ids=["exact", "cells"])
def test_noisy_copies_are_candidates_of_each_other(monkeypatch, cells_from):
    monkeypatch.setattr(clips, "CELLS_FROM", cells_from)
    random = np.random.default_rng(0)
    vectors = random.standard_normal((600, 32)).astype(np.float32)
    # Video v has the clips 2v and 2v + 1; the second clip of the last 20 videos is that of the first 20, with noise.
    vectors[561::2] = vectors[1:40:2] + 0.2 * random.standard_normal((20, 32)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    found = find_candidates(Clips(vectors.astype(np.float16), np.repeat(np.arange(300), 2)), most=3, seed=0)
    assert all(280 + number in found[number] and number in found[280 + number] for number in range(20))
    assert all(video not in others for video, others in enumerate(found))
