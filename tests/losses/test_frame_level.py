"""Ranking losses over the frames of relevant pairs."""

import pytest
import torch

from hapvr.losses import LOSSES, FastAP, FrameQuadLinearAP, QuadLinearAP, SmoothAP
from hapvr.losses.frames import FrameLevel


def batch(videos=4, frames=6):
    generator = torch.Generator().manual_seed(0)
    similarity = torch.rand(videos, videos, frames, frames, generator=generator, dtype=torch.float64)
    kind = torch.rand(videos, videos, frames, frames, generator=generator)
    positive, negative = kind < 0.35, kind > 0.65
    positive[..., 0] = True
    group = torch.arange(videos) // 2
    return similarity.requires_grad_(), positive, negative & ~positive, (group[:, None] == group).float()


@pytest.mark.parametrize("ranking", [QuadLinearAP(0.05, 5), SmoothAP(0.05), FastAP(5)])
def test_mean_over_frames_then_over_relevant_pairs(ranking):
    similarity, positive, negative, relevance = batch()
    losses = []
    for q, v in relevance.nonzero():
        frames = zip(similarity[q, v], positive[q, v], negative[q, v], strict=True)
        precisions = [ranking.average_precision(s[None], p[None], n[None]) for s, p, n in frames]
        losses.append(1 - torch.stack(precisions).mean())
    found = FrameLevel(ranking)(similarity, positive, negative, relevance)
    torch.testing.assert_close(found, torch.stack(losses).mean())


def test_irrelevant_pairs_and_unlabelled_frames_have_no_gradient():
    similarity, positive, negative, relevance = batch()
    loss = FrameQuadLinearAP(0.3, 5)(similarity, positive, negative, relevance)
    (gradient,) = torch.autograd.grad(loss, similarity)
    assert (gradient[relevance == 0] == 0).all()
    assert (gradient[~positive & ~negative] == 0).all()
    assert gradient.abs().sum() > 0


def test_gradient_is_the_derivative():
    similarity, positive, negative, relevance = batch(videos=2, frames=4)
    loss = FrameQuadLinearAP(0.3, 5)
    assert torch.autograd.gradcheck(lambda s: loss(s, positive, negative, relevance), similarity)


def test_frames_and_pairs_without_positives_weigh_zero():
    similarity, positive, negative, relevance = batch()
    loss = FrameQuadLinearAP(0.05, 5)
    positive[0, 1] = False
    without_pair = relevance.clone()
    without_pair[0, 1] = 0
    found = loss(similarity, positive, negative, relevance)
    torch.testing.assert_close(found, loss(similarity, positive, negative, without_pair))
    positive[0, 0, 1:] = False
    one_frame = loss(similarity[:1, :1, :1], positive[:1, :1, :1], negative[:1, :1, :1], relevance[:1, :1])
    torch.testing.assert_close(
        loss(similarity[:1, :1], positive[:1, :1], negative[:1, :1], relevance[:1, :1]), one_frame
    )


def test_without_relevant_pairs_the_loss_is_zero():
    similarity, positive, negative, relevance = batch()
    loss = FrameQuadLinearAP(0.05, 5)(similarity, positive, negative, torch.zeros_like(relevance))
    assert loss == 0
    assert (torch.autograd.grad(loss, similarity)[0] == 0).all()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_single(dtype):
    similarity, positive, negative, relevance = batch()
    similarity = similarity.detach().to(dtype).requires_grad_()
    loss = FrameQuadLinearAP(0.05, 5)
    value = loss(similarity, positive, negative, relevance)
    assert value == loss(similarity.float(), positive, negative, relevance)
    assert torch.isfinite(torch.autograd.grad(value, similarity)[0]).all()


def test_wrong_shapes_are_named():
    similarity, positive, negative, _ = batch()
    with pytest.raises(ValueError, match=r"relevance \[N, N\], found .* negative \[4, 4, 6, 6\], relevance \[4, 3\]"):
        FrameQuadLinearAP(0.05, 5)(similarity, positive, negative, torch.ones(4, 3))


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("quadlinear_ap", {"delta": 0.05, "rho": 5}),
        ("fast_ap", {"bins": 20}),
        ("listwise_ap", {"bins": 20}),
        ("blackbox_ap", {"interpolation": 4, "margin": 0.02}),
        ("smooth_ap", {"temperature": 0.05}),
    ],
)
def test_every_ranking_loss_has_a_name_at_the_frame_level(name, options):
    similarity, positive, negative, relevance = batch()
    named = LOSSES[f"frame_{name}"](**options)(similarity, positive, negative, relevance)
    torch.testing.assert_close(named, FrameLevel(LOSSES[name](**options))(similarity, positive, negative, relevance))
    (gradient,) = torch.autograd.grad(named, similarity)
    assert gradient.abs().sum() > 0
