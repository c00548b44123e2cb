"""Frame-to-frame similarity of videos, tile by tile: the region-to-region matrix is never held."""

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

import torch
from torch import Tensor

from hapvr.similarity.topk_chamfer import kept_items

# Frames on each side of a tile: its region products (1.3 MB in float32 on a CPU) stay in the cache.
CPU_TILE, GPU_TILE = 64, 1024


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
    tile = CPU_TILE if query.device.type == "cpu" else GPU_TILE
    result = torch.empty(query.shape[1], target.shape[1], dtype=torch.float32, device=query.device)
    columns = [part.flatten(0, 1) for part in target.split(tile, 1)]
    for rows, out_rows in zip(query.split(tile, 1), result.split(tile, 0), strict=True):
        left = rows.flatten(0, 1)
        for right, out in zip(columns, out_rows.split(tile, 1), strict=True):
            products = torch.mm(left, right.T).view(len(left), target.shape[0], -1)
            best = mean_of_best(products, kept).view(query.shape[0], rows.shape[1], -1)
            torch.mean(best, 0, dtype=torch.float32, out=out)
    return result


def mean_of_best(products: Tensor, kept: int) -> Tensor:
    """Mean of the `kept` largest over the middle axis, [A, R, B] → [A, B].

    An insertion sort of whole planes: on a CPU several times faster than topk along so short an axis.
    """
    if kept == 1:
        return products.amax(1)
    if kept == products.shape[1]:
        return products.mean(1)
    best = [products.new_full((len(products), products.shape[2]), -torch.inf) for _ in range(kept)]
    for plane in products.unbind(1):
        for position, held in enumerate(best):
            smaller = torch.minimum(held, plane)
            torch.maximum(held, plane, out=best[position])
            plane = smaller
    return torch.stack(best).float().mean(0)
