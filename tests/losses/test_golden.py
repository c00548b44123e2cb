"""Values and gradients of the published implementations."""

import pytest
import torch

from hapvr.losses import (
    Circle,
    Contrastive,
    FastAP,
    FrameQuadLinearAP,
    HardNegative,
    InfoNCE,
    ListwiseAP,
    QuadLinearAP,
    RangePenalty,
    SelfSimilarity,
    SmoothAP,
    Triplet,
    pseudo_labels,
)
from hapvr.losses.quadlinear_surrogate import quadlinear

CASES = pytest.mark.parametrize("case", ["plain", "mixed"])
RATES = pytest.mark.parametrize(("top", "bottom"), [(0.35, 0.35), (0.3, 0.5)])


@CASES
@pytest.mark.parametrize(("delta", "rho"), [(0.05, 0.1), (0.1, 1.0), (0.02, 5.0)])
def test_quadlinear_ap(hapvr_golden, same, case, delta, rho):
    similarity, labels = (hapvr_golden[f"loss/{case}/{key}"] for key in ("similarity", "labels"))
    key = f"loss/{case}/quadlinear_ap/sigma{delta}_rho{rho}"
    value, gradient = hapvr_golden[f"{key}/value"], hapvr_golden[f"{key}/grad"]
    same(lambda s: QuadLinearAP(delta, rho)(s, labels), similarity, value=value, gradient=gradient)


@CASES
def test_infonce(hapvr_golden, same, case):
    similarity, labels = (hapvr_golden[f"loss/{case}/{key}"] for key in ("similarity", "labels"))
    value, gradient = (hapvr_golden[f"loss/{case}/infonce/t0.03/{key}"] for key in ("value", "grad"))
    same(lambda s: InfoNCE(0.03)(s, labels), similarity, value=value, gradient=gradient)


@CASES
def test_hard_negative_and_self_similarity(hapvr_golden, same, case):
    similarity, labels = (hapvr_golden[f"loss/{case}/{key}"] for key in ("similarity", "labels"))
    value, gradient = (hapvr_golden[f"loss/{case}/sshn/{key}"] for key in ("value", "grad"))
    same(lambda s: HardNegative()(s, labels) + SelfSimilarity()(s, labels), similarity, value=value, gradient=gradient)


@CASES
@RATES
def test_pseudo_labels(hapvr_golden, case, top, bottom):
    positive, negative = pseudo_labels(hapvr_golden[f"loss/{case}/teacher_features"], top, bottom)
    key = f"loss/{case}/pseudo/top{top}_bottom{bottom}"
    assert torch.equal(positive, hapvr_golden[f"{key}/positive"])
    assert torch.equal(negative, hapvr_golden[f"{key}/negative"])


@CASES
@RATES
@pytest.mark.parametrize(("delta", "rho"), [(0.05, 5.0), (0.1, 1.0)])
def test_frame_quadlinear_ap(hapvr_golden, same, case, top, bottom, delta, rho):
    similarity, labels = (hapvr_golden[f"loss/{case}/{key}"] for key in ("frame_similarity", "labels"))
    frames = f"top{top}_bottom{bottom}"
    positive, negative = (hapvr_golden[f"loss/{case}/pseudo/{frames}/{key}"] for key in ("positive", "negative"))
    key = f"loss/{case}/frame_quadlinear_ap/{frames}/sigma{delta}_rho{rho}"
    loss = FrameQuadLinearAP(delta, rho)
    value, gradient = hapvr_golden[f"{key}/value"], hapvr_golden[f"{key}/grad"]
    same(lambda s: loss(s, positive, negative, labels), similarity, value=value, gradient=gradient)


def test_quadlinear(hapvr_golden):
    x = hapvr_golden["quadlinear/x"].clone().requires_grad_()
    value = quadlinear(x, 0.3)
    (gradient,) = torch.autograd.grad(value.sum(), x)
    torch.testing.assert_close(value, hapvr_golden["quadlinear/sigma0.3/value"], rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(gradient, hapvr_golden["quadlinear/sigma0.3/grad"], rtol=1e-5, atol=1e-5)


def test_range_penalty(hapvr_golden, same):
    x, value, gradient = (hapvr_golden[f"regularization/{key}"] for key in ("input", "value", "grad"))
    same(RangePenalty(), x, value=value, gradient=gradient)


def _products(embedding):
    return embedding @ embedding.T


def _cosines(embedding):
    return _products(torch.nn.functional.normalize(embedding))


@pytest.mark.parametrize(
    ("key", "loss", "similarity"),
    [
        ("smooth_ap/tau0.01", SmoothAP(0.01), _products),
        ("smooth_ap/tau0.1", SmoothAP(0.1), _products),
        ("dir_ap/nq20", ListwiseAP(20), lambda e: _products(e) / 2 + 0.5),
        ("dir_ap/nq25", ListwiseAP(25), lambda e: _products(e) / 2 + 0.5),
        ("fast_ap/bins10", FastAP(10), _cosines),
        ("fast_ap/bins20", FastAP(20), _cosines),
        ("circle/m0.4_gamma80", Circle(0.4, 80), _cosines),
        ("contrastive/pos1_neg0.5", Contrastive(1, 0.5), _cosines),
        ("triplet/margin0.2", Triplet(0.2), _cosines),
    ],
)
def test_other_authors(other_golden, same, key, loss, similarity):
    value, gradient = other_golden[f"{key}/value"], other_golden[f"{key}/grad_embedding"]
    labels = other_golden["labels"]
    same(lambda e: loss(similarity(e), labels), other_golden["embedding"], value=value, gradient=gradient)
