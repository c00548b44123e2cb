import torch

from hapvr.methods.random import Random


def videos(number: int) -> torch.Tensor:
    return torch.randn((number, 5, 9, 8), generator=torch.Generator().manual_seed(1))


def test_score_depends_on_the_videos_and_the_seed_alone() -> None:
    first, second = videos(2)
    once, again, other = (
        Random(seed).similarity(Random(seed).index(first), Random(seed).index(second)) for seed in (0, 0, 1)
    )
    assert once == again
    assert once != other


def test_scores_are_spread_around_zero_and_a_video_is_like_itself() -> None:
    method = Random(0)
    indexed = torch.stack([method.index(video) for video in videos(100)])
    similarity = indexed @ indexed.T
    torch.testing.assert_close(similarity.diagonal(), torch.ones(100))
    others = similarity[~torch.eye(100, dtype=torch.bool)]
    assert abs(others.mean()) < 0.01
    assert 0.1 < others.std() < 0.15
