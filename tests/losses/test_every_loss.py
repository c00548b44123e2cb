"""What holds for every loss of a similarity and a relevance matrix."""

import pytest
import torch

from hapvr.losses import (
    LOSSES,
    MAE,
    MSE,
    BlackboxAP,
    Circle,
    Contrastive,
    FastAP,
    FrameQuadLinearAP,
    HardNegative,
    InfoNCE,
    ListwiseAP,
    QuadLinearAP,
    SelfSimilarity,
    SmoothAP,
    Triplet,
)

MATRIX_LOSSES = {
    "quadlinear_ap": QuadLinearAP(0.05, 0.1),
    "infonce": InfoNCE(0.1),
    "hard_negative": HardNegative(),
    "self_similarity": SelfSimilarity(),
    "mae": MAE(),
    "mse": MSE(),
    "contrastive": Contrastive(0.9, 0.2),
    "triplet": Triplet(0.1),
    "circle": Circle(0.25, 16),
    "fast_ap": FastAP(5),
    "listwise_ap": ListwiseAP(6),
    "blackbox_ap": BlackboxAP(2.0, 0.05),
    "smooth_ap": SmoothAP(0.05),
}
NOT_DERIVATIVES = {"blackbox_ap", "circle"}  # gradients that differ from the value's derivative by design
HISTOGRAMS = {"fast_ap", "listwise_ap"}  # within a bin, moving an item can act against its relevance
every_loss = pytest.mark.parametrize("loss", MATRIX_LOSSES.values(), ids=MATRIX_LOSSES.keys())


def batch(size=9, dtype=torch.float64):
    """A similarity matrix of a batch, each video relevant to itself and two others."""
    similarity = torch.rand(size, size, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    group = torch.arange(size) // 3
    return similarity.to(dtype).requires_grad_(), (group[:, None] == group).float()


def gradient(loss, similarity, relevance):
    value = loss(similarity, relevance)
    return torch.autograd.grad(value, similarity)[0]


def test_no_loss_is_forgotten():
    frame_level = {name for name in LOSSES if name.startswith("frame_")}
    assert set(MATRIX_LOSSES) == set(LOSSES) - frame_level - {"range_penalty"}


@pytest.mark.parametrize("name", sorted(MATRIX_LOSSES.keys() - NOT_DERIVATIVES))
def test_gradient_is_the_derivative(name):
    similarity, relevance = batch()
    assert torch.autograd.gradcheck(lambda s: MATRIX_LOSSES[name](s, relevance), similarity)


@pytest.mark.parametrize("name", sorted(MATRIX_LOSSES.keys() - HISTOGRAMS))
def test_loss_pulls_relevant_items_up_and_others_down(name):
    loss = MATRIX_LOSSES[name]
    similarity, relevance = batch()
    step = gradient(loss, similarity, relevance)
    assert step.abs().max() > 0
    assert (step[relevance > 0] <= 1e-12).all()
    assert (step[relevance == 0] >= -1e-12).all()


@every_loss
def test_order_of_the_batch_does_not_matter(loss):
    similarity, relevance = batch()
    order = torch.randperm(len(similarity), generator=torch.Generator().manual_seed(2))
    turned = similarity.detach()[order][:, order].requires_grad_()
    torch.testing.assert_close(loss(turned, relevance[order][:, order]), loss(similarity, relevance))
    expected = gradient(loss, similarity, relevance)[order][:, order]
    torch.testing.assert_close(gradient(loss, turned, relevance[order][:, order]), expected)


@every_loss
def test_order_does_not_matter_among_ties(loss):
    similarity, relevance = batch()
    similarity = (similarity.detach() * 2).round() / 2
    order = torch.randperm(len(similarity), generator=torch.Generator().manual_seed(2))
    turned = similarity[order][:, order].requires_grad_()
    expected = gradient(loss, similarity.requires_grad_(), relevance)[order][:, order]
    torch.testing.assert_close(gradient(loss, turned, relevance[order][:, order]), expected)


@every_loss
def test_without_relevant_items_the_loss_is_zero(loss):
    similarity, relevance = batch()
    assert loss(similarity, torch.zeros_like(relevance)) == 0
    assert (gradient(loss, similarity, torch.zeros_like(relevance)) == 0).all()


@pytest.mark.parametrize("name", sorted(MATRIX_LOSSES.keys() - {"self_similarity"}))
def test_query_without_relevant_items_weighs_zero(name):
    loss = MATRIX_LOSSES[name]
    similarity, relevance = (x.detach()[:5] for x in batch())
    more = torch.cat([similarity, torch.rand(2, 9)])
    torch.testing.assert_close(
        loss(more, torch.cat([relevance, torch.zeros(2, 9)])), loss(similarity, relevance), rtol=1e-12, atol=0
    )


@every_loss
def test_all_relevant_is_finite(loss):
    similarity, relevance = batch()
    assert torch.isfinite(loss(similarity, torch.ones_like(relevance)))
    assert torch.isfinite(gradient(loss, similarity, torch.ones_like(relevance))).all()


@pytest.mark.parametrize("name", ["quadlinear_ap", "fast_ap", "listwise_ap", "blackbox_ap", "smooth_ap"])
def test_average_precision_is_one_where_all_is_relevant(name):
    similarity, relevance = batch()
    assert abs(MATRIX_LOSSES[name](similarity, torch.ones_like(relevance))) < 1e-12


@every_loss
@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_single_item_and_equal_similarities_are_finite(loss, value):
    for size in (1, 6):
        similarity = torch.full((size, size), value, requires_grad=True)
        relevance = torch.eye(size)
        assert torch.isfinite(loss(similarity, relevance))
        assert torch.isfinite(gradient(loss, similarity, relevance)).all()


@every_loss
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_single(loss, dtype):
    similarity, relevance = batch(dtype=dtype)
    wide = similarity.detach().float().requires_grad_()
    assert loss(similarity, relevance) == loss(wide, relevance)
    found = gradient(loss, similarity, relevance)
    assert found.dtype == dtype
    torch.testing.assert_close(found, gradient(loss, wide, relevance).to(dtype))


@every_loss
@pytest.mark.parametrize("shape", [(4, 5), (4,), (4, 4, 1)])
def test_wrong_shape_is_named(loss, shape):
    with pytest.raises(ValueError, match=r"expected .* \[query, item\], found .*\[4, 4\] and relevance") as error:
        loss(torch.rand(4, 4), torch.ones(shape))
    assert str(list(shape)) in str(error.value)


def test_compiled_step_is_one_graph_and_the_same():
    """Data-dependent control flow or a value asked of the device would break the graph, which `fullgraph` forbids."""
    similarity, relevance = batch(dtype=torch.float32)
    frames = torch.rand(9, 9, 5, 5, generator=torch.Generator().manual_seed(3), requires_grad=True)
    positive, negative = frames > 0.6, frames < 0.4
    frame_loss = FrameQuadLinearAP(0.05, 5)

    def step(similarity, frames, relevance):
        total = frame_loss(frames, positive, negative, relevance)
        return sum((loss(similarity, relevance) for loss in MATRIX_LOSSES.values()), total)

    compiled = torch.compile(step, backend="aot_eager", fullgraph=True)
    for relevant in (relevance, torch.eye(9)):
        expected = torch.autograd.grad(step(similarity, frames, relevant), (similarity, frames))
        found = torch.autograd.grad(compiled(similarity, frames, relevant), (similarity, frames))
        torch.testing.assert_close(found, expected)
