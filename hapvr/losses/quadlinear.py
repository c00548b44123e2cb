"""The QuadLinear surrogate R(x; δ) of the step, summed over all negatives of all positives by sorting.

A positive i needs Σ_j R(S[j] − S[i]; δ) over the negatives of its row. R is a polynomial on either side of S[i], so the
sum needs only how many negatives lie there, their sum and their sum of squares: prefix sums of the sorted row. The
gradient is a sum of the same kind. Cost: n log n time and n memory per row, where the pairs themselves cost n².

R and its derivative are continuous, so on which side of a border a tied or rounded value falls changes nothing.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

ELEMENTS_AT_ONCE = {"cpu": 2**19, "cuda": 2**23}  # keeps a chunk in a processor's cache, or a GPU busy


def quadlinear(x: Tensor, delta: float) -> Tensor:
    """R(x; δ): 2x/δ + 1 above 0, (x/δ + 1)² from −δ to 0, 0 below. Source: HAP-VR (Liu et al. 2024)"""
    return torch.where(x > 0, 2 * x / delta + 1, (x / delta + 1).clamp(min=0).square())


@torch.library.custom_op("hapvr::quadlinear_ap", mutates_args=())
def quadlinear_ap(
    similarity: Tensor, positive: Tensor, negative: Tensor, delta: float, rho: float
) -> tuple[Tensor, Tensor]:
    """AP of each row, [query], and its gradient with respect to that row, [query, item].

    similarity: float32 or float64, [query, item]; positive, negative: bool, same shape. AP is zero without positives.
    """
    rows = max(1, ELEMENTS_AT_ONCE.get(similarity.device.type, 2**19) // max(1, similarity.shape[1]))
    average_precision = similarity.new_empty(similarity.shape[0])
    gradient = torch.empty_like(similarity, memory_format=torch.contiguous_format)
    for start in range(0, similarity.shape[0], rows):
        part = slice(start, start + rows)
        average_precision[part], gradient[part] = _rows(similarity[part], positive[part], negative[part], delta, rho)
    return average_precision, gradient


@quadlinear_ap.register_fake
def _(similarity: Tensor, positive: Tensor, negative: Tensor, delta: float, rho: float) -> tuple[Tensor, Tensor]:
    return similarity.new_empty(similarity.shape[0]), similarity.new_empty(similarity.shape)


def _save_gradient(ctx, inputs, output) -> None:  # type: ignore[no-untyped-def]
    ctx.save_for_backward(output[1])
    ctx.mark_non_differentiable(output[1])


def _backward(ctx, grad_average_precision: Tensor, _: Tensor | None) -> tuple[Tensor | None, ...]:  # type: ignore[no-untyped-def]
    (gradient,) = ctx.saved_tensors
    return grad_average_precision.unsqueeze(-1) * gradient, None, None, None, None


quadlinear_ap.register_autograd(_backward, setup_context=_save_gradient)


def _rows(similarity: Tensor, positive: Tensor, negative: Tensor, delta: float, rho: float) -> tuple[Tensor, Tensor]:
    distance, order = similarity.neg().sort(dim=-1)  # best first
    near = _near(distance, delta)
    middle = distance[:, similarity.shape[1] // 2, None]
    d = (distance - middle).double()  # prefix sums of float32, or of values far from zero, would lose small windows
    is_positive = positive.gather(-1, order)
    is_negative = negative.gather(-1, order).double()

    count, total, squares = (_prefix(x) for x in (is_negative, is_negative * d, is_negative * d * d))
    edge = d + delta
    n0, n1, n2 = (x.gather(-1, near) - x[:, :-1] for x in (count, total, squares))  # negatives in [d, d + δ]
    above, above_sum = count[:, :-1], total[:, :-1]
    linear = above + (2 / delta) * (above * d - above_sum)
    quadratic = (edge * edge * n0 - 2 * edge * n1 + n2) / delta**2
    better = _prefix(is_positive.double()).gather(-1, _group_start(distance))
    rank_positive = 1 + rho * better
    rank = rank_positive + (linear + quadratic).clamp(min=0)

    share = is_positive / is_positive.sum(-1, keepdim=True).clamp(min=1)
    pull = share * rank_positive / rank.square()  # −∂AP/∂rank of each positive
    steepness = (2 / delta) * above + (2 / delta**2) * (edge * n0 - n1)
    weights, moments = _prefix(pull), _prefix(pull * d)
    reach = _reach(near)
    w0, w1 = (x[:, 1:] - x.gather(-1, reach) for x in (weights, moments))  # positives in [d − δ, d]
    below = weights[:, -1:] - weights[:, 1:]
    push = (2 / delta) * below + (2 / delta**2) * (w1 - (d - delta) * w0)
    gradient = pull * steepness - is_negative * push
    average_precision = (share * rank_positive / rank).sum(-1)
    return average_precision.to(similarity.dtype), torch.empty_like(similarity).scatter_(
        -1, order, gradient.to(similarity.dtype)
    )


def _prefix(values: Tensor) -> Tensor:
    """[row, n] → [row, n + 1]: entry k is the sum of the first k values."""
    return F.pad(values.cumsum(-1), (1, 0))


def _near(distance: Tensor, delta: float) -> Tensor:
    """How many of the sorted distances are ≤ own distance + δ."""
    return torch.searchsorted(distance, distance + delta, right=True)


def _reach(near: Tensor) -> Tensor:
    """How many of the sorted distances are < own distance − δ: `_near` inverted by counting, faster than a search."""
    histogram = near.new_zeros(near.shape[0], near.shape[1] + 1)
    return histogram.scatter_add_(-1, near, torch.ones_like(near)).cumsum(-1)[:, :-1]


def _group_start(distance: Tensor) -> Tensor:
    """Index of the first of the distances equal to the own one."""
    index = torch.arange(distance.shape[1], device=distance.device)
    first = F.pad(distance[:, 1:] != distance[:, :-1], (1, 0), value=True)
    return torch.where(first, index, 0).cummax(-1).values
