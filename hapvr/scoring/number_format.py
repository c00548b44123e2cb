"""The number format of the region products."""

import time
from collections.abc import Callable

import torch
from torch import Tensor

from hapvr.similarity.region_similarity import products

NUMBER_FORMATS = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
# bfloat16 has to be this much faster before `auto` gives up float32's exactness.
WORTH = 1.5


def choose_number_format(name: str, device: torch.device) -> str:
    """`auto` → bfloat16 where a measured matrix product is at least 1.5 times as fast as in float32, else float32."""
    if name != "auto":
        return name
    return "bfloat16" if matrix_rate("bfloat16", device) > WORTH * matrix_rate("float32", device) else "float32"


def matrix_rate(name: str, device: torch.device, *, side: int = 1536) -> float:
    """Floating-point operations per second of a square matrix product: by torch.mm or as scoring does it, the better.

    The best of five each.
    """
    matrix = torch.ones(side, side, dtype=NUMBER_FORMATS[name], device=device)
    best = float("inf")
    both: list[Callable[[Tensor, Tensor], Tensor]] = [torch.mm, products]
    for product in both * 6:
        start = time.perf_counter()
        product(matrix, matrix)
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        best = min(best, time.perf_counter() - start)
    return 2 * side**3 / best
