"""The QuadLinear surrogate R(x; δ) of the step, summed over all negatives of all positives by sorting.

A positive i needs Σ_j R(S[j] − S[i]; δ) over the negatives of its row. R is a polynomial on either side of S[i], so the
sum needs only how many negatives lie there, their sum and their sum of squares: prefix sums of the sorted row. The
gradient is a sum of the same kind. Cost: n log n time and n memory per row, where the pairs themselves cost n².

R and its derivative are continuous, so on which side of a border a tied or rounded value falls changes nothing.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

ELEMENTS_AT_ONCE = {"cpu": 2**18, "cuda": 2**23}  # keeps a chunk in a processor's cache, or a GPU busy


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
    rows = max(1, ELEMENTS_AT_ONCE.get(similarity.device.type, 2**18) // max(1, similarity.shape[1]))
    average_precision = similarity.new_empty(similarity.shape[0])
    gradient = torch.empty_like(similarity, memory_format=torch.contiguous_format)
    for start in range(0, similarity.shape[0], rows):
        part = slice(start, start + rows)
        average_precision[part], gradient[part] = rank_rows(
            similarity[part], positive[part], negative[part], delta=delta, rho=rho
        )
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


def rank_rows(
    similarity: Tensor, positive: Tensor, negative: Tensor, *, delta: float, rho: float
) -> tuple[Tensor, Tensor]:
    """`quadlinear_ap` of all rows at once. On a GPU no step depends on a value: the host would have to wait for it."""
    best_first, order = similarity.neg().sort(dim=-1)
    is_positive, columns = positive.byte().topk(_most_positives(positive), dim=-1)
    is_positive = is_positive.double()
    own = similarity.neg().gather(-1, columns)  # [row, positive]
    start = torch.searchsorted(best_first, own)  # negatives before it are above the positive
    near = torch.searchsorted(best_first, own + delta, right=True)  # and from there to here less than δ below it
    # float64, and measured from the row's middle: prefix sums in float32 or far from zero would lose small windows
    middle = best_first[:, best_first.shape[1] // 2, None].double()
    d, own = best_first.double() - middle, own.double() - middle
    edge = own + delta

    is_negative = negative.gather(-1, order).double()
    sums = (_prefix(x) for x in (is_negative, is_negative * d, is_negative * d * d))
    (above, n0), (above_sum, n1), (_, n2) = (
        (x.gather(-1, start), x.gather(-1, near) - x.gather(-1, start)) for x in sums
    )
    linear = above + (2 / delta) * (above * own - above_sum)
    quadratic = (edge * edge * n0 - 2 * edge * n1 + n2) / delta**2
    rank_positive = 1 + rho * _better(own, is_positive)
    rank = rank_positive + (linear + quadratic).clamp(min=0)
    share = is_positive / is_positive.sum(-1, keepdim=True).clamp(min=1)
    average_precision = (share * rank_positive / rank).sum(-1)

    pull = (2 / delta) * share * rank_positive / rank.square()  # −∂AP/∂rank · 2/δ
    fall = pull * edge / delta
    constant = torch.zeros_like(_prefix(d)).scatter_add_(-1, start, fall - pull).scatter_add_(-1, near, -fall)
    slope = torch.zeros_like(constant).scatter_add_(-1, start, -pull / delta).scatter_add_(-1, near, pull / delta)
    push = pull.sum(-1, keepdim=True) + constant.cumsum(-1)[:, :-1] + slope.cumsum(-1)[:, :-1] * d
    gradient = torch.empty_like(d).scatter_(-1, order, -is_negative * push)
    gradient.scatter_add_(-1, columns, pull * (above + (edge * n0 - n1) / delta))
    return average_precision.to(similarity.dtype), gradient.to(similarity.dtype)


def _most_positives(positive: Tensor) -> int:
    """Columns enough for the positives of any row; on a GPU all, since the host would have to wait for their number."""
    return int(positive.sum(-1).max()) if positive.device.type == "cpu" else positive.shape[1]


def _prefix(values: Tensor) -> Tensor:
    """[row, n] → [row, n + 1]: entry k is the sum of the first k values."""
    return F.pad(values.cumsum(-1), (1, 0))


def _better(distance: Tensor, is_positive: Tensor) -> Tensor:
    """Of each row's positives, how many are strictly nearer than each of them."""
    nearest_first = torch.where(is_positive > 0, distance, torch.inf).sort(dim=-1).values
    return torch.searchsorted(nearest_first, distance).double()
