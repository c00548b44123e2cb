import math

import pytest
import torch

from hapvr.losses import QuadLinearAP, SmoothAP
from hapvr.losses.quadlinear_surrogate import quadlinear
from hapvr.reports.figures import loss_gradients, rank_gradients, toy_example
from hapvr.results import Results


def test_sigmoid_gradient_vanishes_where_worked_out():
    # G' = s(1 − s)/τ is below 1 % of its top 1/(4τ) once s(1 − s) < 0.0025: at x = τ·ln(s/(1 − s)) = 5.99·τ
    share = (1 + math.sqrt(1 - 4 * 0.0025)) / 2
    expected = 0.1 * math.log(share / (1 - share))
    assert loss_gradients.vanished_from(lambda x: loss_gradients.sigmoid(x, 0.1)) == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize("delta", [0.05, 0.3])
def test_quadlinear_gradient_never_vanishes_for_wrong_orders(delta):
    assert loss_gradients.vanished_from(lambda x: quadlinear(x, delta)) is None
    wrong = torch.tensor([0.01, 0.5, 1.0])
    slopes = loss_gradients.derivative(lambda x: quadlinear(x, delta), wrong)
    assert slopes.tolist() == pytest.approx([2 / delta] * 3)


def test_vanished_gradients_are_shaded_for_each_temperature_only(project):
    shown = project.params.shown("loss_gradients")
    panels = loss_gradients.draw(Results(project), **shown).figure.axes
    shaded = [len(axes.patches) for axes in panels]
    assert shaded == [0, 0, len(shown["temperatures"]), 0]


@pytest.fixture
def irrelevant():
    return torch.linspace(0.6, 0.2, 3, dtype=torch.float64)


def test_absolute_error_gives_every_rank_the_same_gradient(irrelevant):
    norms = rank_gradients.gradient_norms("mae", {"weight": 2}, irrelevant)
    assert norms.tolist() == pytest.approx([2 / 4] * 4)


def test_squared_error_gradient_follows_the_similarity_at_each_rank(irrelevant):
    # similarity half a step (0.1) above 0.6, 0.4, 0.2, and one step below the last of these; four items
    norms = rank_gradients.gradient_norms("mse", {"weight": 1}, irrelevant)
    assert norms.tolist() == pytest.approx([2 * (1 - own) / 4 for own in (0.7, 0.5, 0.3, 0.1)])


def test_quadlinear_gradient_of_the_last_rank_is_as_worked_out(irrelevant):
    # rank = 1 + Σ (2x/δ + 1) with x = 0.1, 0.3, 0.5 and δ = 0.1: 1 + 3 + 7 + 11 = 22; |d(1/rank)| = (3·2/δ)/22²
    options = {"weight": 1, "delta": 0.1, "rho": 0.1}
    assert rank_gradients.gradient_norms("quadlinear_ap", options, irrelevant)[-1] == pytest.approx(60 / 22**2)


def test_triplet_gives_no_gradient_once_the_margin_is_kept(irrelevant):
    norms = rank_gradients.gradient_norms("triplet", {"weight": 1, "margin": 0.05}, irrelevant)
    assert norms[0] == 0
    assert norms[-1] > 0


def test_toy_rankings_have_equal_or_better_pairwise_loss_and_the_average_precision_worked_out(project):
    toy = project.params.shown("toy_example")
    first, second, third = toy["rankings"]
    (pairwise,), (ranking,) = toy["pairwise"].items(), toy["ranking"].items()
    assert toy_example.value(*pairwise, first) == pytest.approx(toy_example.value(*pairwise, second))
    assert toy_example.value(*pairwise, third) < toy_example.value(*pairwise, first)
    assert toy_example.average_precision(first) == 1
    for worse in (second, third):
        assert toy_example.average_precision(worse) == pytest.approx((1 / 2 + 2 / 3 + 3 / 4) / 3)
        assert toy_example.value(*ranking, first) < toy_example.value(*ranking, worse)


def test_toy_figure_prints_what_it_computed(project):
    drawn = toy_example.draw(Results(project), **project.params.shown("toy_example"))
    titles = [axes.get_title(loc="left") for axes in drawn.figure.axes]
    assert titles == ["Ranking 1: AP = 1.00", "Ranking 2: AP = 0.64", "Ranking 3: AP = 0.64"]
    assert drawn.rows.groupby("ranking")["AP"].first().round(2).tolist() == [1, 0.64, 0.64]


def test_quadlinear_falls_with_the_cube_of_the_rank_and_smooth_ap_with_its_square():
    spaced = torch.linspace(1, 0, 101, dtype=torch.float64)

    def exponent(name, **options):
        norms = rank_gradients.gradient_norms(name, {"weight": 1, **options}, spaced)
        return math.log(norms[20] / norms[80], 4)

    # r items above the relevant one: rank = 1 + r + r²·0.01/δ, slope r·2/δ, gradient their slope over the squared rank.
    # δ = 0.005: (80·2/δ)/12881² and (20·2/δ)/821², a fall by 4^2.97
    assert exponent("quadlinear_ap", delta=0.005, rho=0.1) == pytest.approx(2.97, abs=0.01)
    # Smooth-AP's slope comes from neighbours, the same at either rank: (81/21)² = 4^1.95
    assert exponent("smooth_ap", temperature=0.02) == pytest.approx(1.95, abs=0.02)


def test_an_item_far_from_a_single_irrelevant_one_gets_a_gradient_of_quadlinear_alone():
    gap = torch.tensor([0.7], dtype=torch.float64)
    similarity = torch.cat([gap - 0.6, gap])[None].requires_grad_()
    relevance = torch.tensor([[1.0, 0.0]], dtype=torch.float64)

    def norm(module):
        return torch.autograd.grad(module(similarity, relevance), similarity)[0][0, 0].abs().item()

    # rank = 1 + (2·0.6/0.05 + 1) = 26, slope 2/0.05
    assert norm(QuadLinearAP(delta=0.05, rho=0.1)) == pytest.approx(40 / 26**2)
    assert norm(SmoothAP(temperature=0.01)) < 1e-20
