"""Frame-to-frame similarity of videos: tile by tile for scores, and of whole batches for training."""

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from hapvr.topk import kept_items

# Frames of a tile: on a CPU its region products (5 MB in float32) stay in the cache, a GPU needs many to be busy.
CPU_ROWS, GPU_ROWS = 128, 4096
COLUMNS = 128


def rows_of_tile(device: torch.device) -> int:
    """Query frames of a tile; it has COLUMNS target frames."""
    return CPU_ROWS if device.type == "cpu" else GPU_ROWS


def region_major(features: Tensor) -> Tensor:
    """[..., T, R, D] → [R, ..., T, D], contiguous: the layout in which the best region is found quickest."""
    return features.movedim(-2, 0).contiguous()


@cache
def _triton_regions(device_type: str) -> ModuleType | None:
    """The module of the Triton kernel, imported only where it can run: on CUDA, where Triton is installed."""
    if device_type != "cuda" or find_spec("triton") is None:
        return None
    return import_module("hapvr.similarity.triton_regions")


@torch.inference_mode()
def frame_similarity(query: Tensor, target: Tensor, rate: float) -> Tensor:
    """TopK-Chamfer over the target's regions of every frame pair, without gradients.

    query: [R, T, D] and target: [R, T', D], region-major, of one dtype. rate as in `topk_chamfer`.
    Returns float32 [T, T']. Besides its result it holds one tile of region products.
    Source: HAP-VR (Liu et al. 2024), section 4.1.
    """
    if (fused := _triton_regions(query.device.type)) and fused.supports(query, rate):
        return fused.frame_similarity(query, target, rate)
    kept = kept_items(rate, target.shape[0])
    tall = rows_of_tile(query.device)
    result = torch.empty(query.shape[1], target.shape[1], dtype=torch.float32, device=query.device)
    # Tiles of about one size: a last one of a few frames would be slow.
    columns = target.tensor_split(-(-target.shape[1] // COLUMNS), 1)
    for rows, out_rows in zip(query.split(tall, 1), result.split(tall, 0), strict=True):
        right = rows.flatten(0, 1)
        for part, out in zip(columns, out_rows.tensor_split(len(columns), 1), strict=True):
            planes = products(part.flatten(0, 1), right).view(target.shape[0], part.shape[1], -1)
            best = mean_of_best_planes(planes, kept).view(part.shape[1], query.shape[0], -1)
            out.copy_(best.mean(1, dtype=torch.float32).T)
    return result


def frame_similarity_with_gradient(queries: Tensor, targets: Tensor, rate: float) -> Tensor:
    """TopK-Chamfer over the target's regions of every frame pair of every pair of videos, for training.

    queries: [Q, T, R, D], targets: [N, T', R, D], rate as in `topk_chamfer`. Returns [Q, N, T, T'], float32 or wider.
    For its gradient it holds all region products, Q · N · T · T' · R² values.
    Source: HAP-VR (Liu et al. 2024), section 4.1.
    """
    regions = targets.shape[-2]
    kept = kept_items(rate, regions)
    rows = region_major(targets).flatten(0, 2)

    def of_query(query: Tensor) -> Tensor:
        planes = products(rows, query.flatten(0, 1)).unflatten(0, (regions, -1))
        best: Tensor = MeanOfBestPlanes.apply(planes, kept)
        wide = torch.promote_types(best.dtype, torch.float32)
        return best.view(*targets.shape[:2], *query.shape[:2]).mean(-1, dtype=wide).transpose(1, 2)

    return torch.stack([of_query(query) for query in queries])


def frame_similarity_within(videos: Tensor, rate: float) -> Tensor:
    """`frame_similarity_with_gradient` of videos with themselves, [N, T, R, D] → [N, N, T, T].

    A pair's region products serve both of its directions: half of the multiplications, and half of the memory.
    """
    number, frames, regions, _ = videos.shape
    kept = kept_items(rate, regions)
    rows = region_major(videos)
    forth: list[Tensor] = []
    back: list[tuple[Tensor, ...]] = []
    for place in range(number):
        # The video against itself and all that follow.
        pairs = products(rows[:, place:].flatten(0, 2), rows[:, place].flatten(0, 1))
        best: tuple[Tensor, Tensor] = BestOfBothSides.apply(pairs.view(regions, -1, regions, frames), kept)
        of_targets, of_query = (side.to(torch.promote_types(side.dtype, torch.float32)) for side in best)
        forth.append(of_targets.mean(1).view(-1, frames, frames).transpose(1, 2))
        back.append(of_query.mean(0).view(-1, frames, frames).unbind(0))
    return torch.stack(
        [
            torch.cat([*(back[earlier][place - earlier].unsqueeze(0) for earlier in range(place)), forth[place]])
            for place in range(number)
        ]
    )


def frame_similarity_of_pairs(queries: Tensor, targets: Tensor, rate: float) -> Tensor:
    """TopK-Chamfer over the target's regions of every frame pair of each query and its own target, for training.

    queries: [B, T, R, D], targets: [B, T', R, D], rate as in `topk_chamfer`. Returns [B, T, T'], float32 or wider.
    For its gradient it holds all region products, B · T · T' · R² values.
    """
    pairs = zip(queries.split(1), targets.split(1), strict=True)
    return torch.cat([frame_similarity_with_gradient(query, target, rate)[0] for query, target in pairs])


def products(left: Tensor, right: Tensor) -> Tensor:
    """Scalar products of all rows, [A, D] and [B, D] → [A, B].

    In float32 on a CPU as a 1 × 1 convolution: oneDNN computes that, in float32 too, and where torch.mm (MKL) does
    not use the processor's widest registers, as on AMD's, it is twice as fast. A dilation, without effect on a
    1 × 1 kernel, is what makes PyTorch choose oneDNN on a single thread too.
    """
    if left.device.type != "cpu" or left.dtype != torch.float32:
        return left @ right.T
    pixels = left.view(1, -1, 1, left.shape[1]).permute(0, 3, 1, 2)
    kernels = right.reshape(*right.shape, 1, 1)
    return F.conv2d(pixels, kernels, dilation=2).permute(0, 2, 3, 1).reshape(len(left), len(right))


def mean_of_best_planes(planes: Tensor, kept: int) -> Tensor:
    """Mean of the `kept` largest over the first axis, [R, A, B] → [A, B], float32 or wider where several are kept."""
    if 1 < kept == len(planes):
        return planes.mean(0, dtype=torch.promote_types(planes.dtype, torch.float32))
    return mean_of_planes(best_planes(planes, kept))


def best_planes(planes: Tensor, kept: int) -> list[Tensor]:
    """The `kept` largest over the first axis, in order, [R, A, B] → `kept` times [A, B].

    An insertion sort of whole planes: on a CPU several times faster than topk along so short an axis.
    """
    if kept == 1:
        return [planes.amax(0)]
    best = [torch.full_like(planes[0], -torch.inf) for _ in range(kept)]
    for plane in planes:
        for position, held in enumerate(best):
            smaller = torch.minimum(held, plane)
            torch.maximum(held, plane, out=best[position])
            plane = smaller
    return best


def mean_of_planes(planes: list[Tensor]) -> Tensor:
    """Float32 or wider; one plane stays as it is."""
    if len(planes) == 1:
        return planes[0]
    return torch.stack(planes).mean(0, dtype=torch.promote_types(planes[0].dtype, torch.float32))


class MeanOfBestPlanes(torch.autograd.Function):
    """`mean_of_best_planes` with a gradient: planes that tie for the last place share its part of it, as in amax."""

    @staticmethod
    def forward(ctx: Any, planes: Tensor, kept: int) -> Tensor:
        best = best_planes(planes, kept)
        ctx.kept = kept
        ctx.save_for_backward(planes, best[-1])
        return mean_of_planes(best)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        planes, last = ctx.saved_tensors
        result = torch.zeros_like(planes, dtype=gradients[0].dtype)
        _add_gradient(result, planes, last, gradients[0], ctx.kept)
        return result.to(planes.dtype), None


class BestOfBothSides(torch.autograd.Function):
    """`mean_of_best_planes` over the first axis and over the third, [R, A, R', B] → [A, R', B] and [R, A, B]."""

    @staticmethod
    def forward(ctx: Any, pairs: Tensor, kept: int) -> tuple[Tensor, Tensor]:
        sides = [best_planes(planes, kept) for planes in (pairs, pairs.movedim(2, 0))]
        ctx.kept = kept
        ctx.save_for_backward(pairs, *(best[-1] for best in sides))
        return mean_of_planes(sides[0]), mean_of_planes(sides[1])

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        pairs, *lasts = ctx.saved_tensors
        result = torch.zeros_like(pairs, dtype=gradients[0].dtype)
        _add_gradient(result, pairs, lasts[0], gradients[0], ctx.kept)
        _add_gradient(result.movedim(2, 0), pairs.movedim(2, 0), lasts[1], gradients[1], ctx.kept)
        return result.to(pairs.dtype), None


def _add_gradient(result: Tensor, planes: Tensor, last: Tensor, gradient: Tensor, kept: int) -> None:
    """Adds to the planes' gradient that of the mean of their `kept` best; a tie for the last place divides its part."""
    share = gradient / kept
    # Comparisons that write numbers, plane by plane in the processor's cache: many times faster than with bools.
    tied, better, number, number_better = (torch.zeros_like(share) for _ in range(4))
    for plane in planes:
        number += torch.ge(plane, last, out=tied)
        number_better += torch.gt(plane, last, out=better)
    shared = share * (kept - number_better) / (number - number_better)
    rest = share - shared
    for plane, part in zip(planes, result, strict=True):
        part.addcmul_(torch.ge(plane, last, out=tied), shared).addcmul_(torch.gt(plane, last, out=better), rest)
