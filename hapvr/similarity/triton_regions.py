"""The region step on CUDA in one Triton kernel: the products stay in registers.

What it saves. With R = 9 regions, `torch` writes and reads back 81 products and 9 best values for every pair of frames:
360 bytes in bfloat16, 720 in float32. The kernel writes and reads 9 best values: 72 bytes. Programs that read the same
target frames run side by side, so that these come from memory about once. It takes 2 launches for any number of
frames; a value depends on its two frames alone, so queries, and database videos, may be laid end to end to fill it.

What it computes is `frame_similarity`, for k = 1 to 4 and k = R. Products add up in float32: bfloat16 and float16
features lose nothing after their own rounding, and float32 features are multiplied in float32 ("ieee": TF32's 11 bits
would cost the 1e-5 that scores are held to).

Where it runs is a rule, not a race: two paths that differ in the last bits, chosen by stopwatch, would not give the
same bytes twice. The rule: on every device of compute capability 8.0 or more on which the kernel compiles and gives, on
a small case, what the CPU gives, to 1e-5; `HAPVR_TRITON=0` in the environment turns it off. Tiles have a fixed size for
the same reason. `benchmarks/triton_regions.py` measures both paths.
"""

import os
import warnings
from functools import cache
from typing import NamedTuple

import torch
import torch.nn.functional as F
import triton
import triton.language as tl
from torch import Tensor

from hapvr.similarity.topk_chamfer import topk_chamfer
from hapvr.topk import kept_items

MOST_KEPT = 4
TOLERANCE = 1e-5


class Tiles(NamedTuple):
    """Rows and columns of one program's result, dimensions multiplied in one step, warps."""

    tall: int
    wide: int
    deep: int
    warps: int


def tiles(dtype: torch.dtype, regions: int, kept: int) -> Tiles:
    """The largest tiles whose products and k best values fit the registers, on devices 8.0 to 12.0."""
    several = kept not in (1, regions)
    if dtype == torch.float32:
        return Tiles(64, 32 if several else 64, 32, 4)
    return Tiles(128, 64 if several else 128, 64, 8)


def supports(query: Tensor, rate: float) -> bool:
    """Whether the rule above leaves a query [R, T, D] on a CUDA device to the kernel."""
    kept = kept_items(rate, len(query))
    return (
        os.environ.get("HAPVR_TRITON") != "0"
        and query.dtype in (torch.float32, torch.bfloat16, torch.float16)
        and (kept <= MOST_KEPT or kept == len(query))
        and torch.cuda.get_device_capability(query.device) >= (8, 0)
        and _agrees(query.device, query.dtype, len(query), kept)
    )


def frame_similarity(query: Tensor, target: Tensor, rate: float) -> Tensor:
    """Mean over the query's R regions of the mean of the k best of the target's, for every pair of frames.

    query: [R, T, D] and target: [R, T', D] of one dtype, parts of larger tensors too. rate as in `topk_chamfer`.
    Returns float32 [T, T']. Besides its result it holds R float32 values per pair of frames.
    Raises ValueError where R, D or the dtype differ. Source: HAP-VR (Liu et al. 2024), section 4.1.
    """
    if query.shape[::2] != target.shape[::2] or query.dtype != target.dtype:
        found = f"{list(query.shape)} {query.dtype} and {list(target.shape)} {target.dtype}"
        raise ValueError(f"frame_similarity: expected [R, T, D] and [R, T', D] of one dtype, found {found}")
    if query.stride(2) != 1 or target.stride(2) != 1:
        query, target = query.contiguous(), target.contiguous()
    regions, frames, dims = query.shape
    columns = target.shape[1]
    kept = kept_items(rate, regions)
    size = tiles(query.dtype, regions, kept)
    best = torch.empty(regions, frames, columns, dtype=torch.float32, device=query.device)
    programs = triton.cdiv(regions * frames, size.tall) * triton.cdiv(columns, size.wide)
    if programs:
        with torch.cuda.device_of(query):
            _best_regions[(programs,)](
                *(query, target, best, frames, columns, dims),
                *(*query.stride()[:2], *target.stride()[:2]),
                *(regions, kept, dims % size.deep == 0, size.tall, size.wide, size.deep),
                num_warps=size.warps,
                num_stages=3,
                enable_fp_fusion=True,
            )
    return best[0] if regions == 1 else best.mean(0)


@triton.jit
def _read(pointers, inside, whole: tl.constexpr):  # type: ignore[no-untyped-def]
    return tl.load(pointers) if whole else tl.load(pointers, mask=inside, other=0.0)


@triton.jit
def _exchange(held, plane):  # type: ignore[no-untyped-def]
    """The larger and the smaller of two tiles; NaN stays NaN, as in torch."""
    larger = tl.maximum(held, plane, propagate_nan=tl.PropagateNan.ALL)
    return larger, tl.minimum(held, plane, propagate_nan=tl.PropagateNan.ALL)


@triton.jit
def _insert(plane, first, second, third, fourth, kept: tl.constexpr):  # type: ignore[no-untyped-def]
    """The `kept` best, in order, with one more plane sorted in; the others stay untouched and cost no registers."""
    first, plane = _exchange(first, plane)
    if kept > 1:
        second, plane = _exchange(second, plane)
    if kept > 2:
        third, plane = _exchange(third, plane)
    if kept > 3:
        fourth, plane = _exchange(fourth, plane)
    return first, second, third, fourth


@triton.jit
def _sum(first, second, third, fourth, kept: tl.constexpr):  # type: ignore[no-untyped-def]
    if kept > 1:
        first += second
    if kept > 2:
        first += third
    if kept > 3:
        first += fourth
    return first


# One compilation for all numbers of frames.
@triton.jit(do_not_specialize=["query_frames", "target_frames"])
def _best_regions(  # type: ignore[no-untyped-def]
    query,
    target,
    best,
    query_frames,
    target_frames,
    dims,
    query_region,
    query_frame,
    target_region,
    target_frame,
    regions: tl.constexpr,
    kept: tl.constexpr,
    whole: tl.constexpr,
    tall: tl.constexpr,
    wide: tl.constexpr,
    deep: tl.constexpr,
):
    """best [R · T, T']: for each region of each query frame, the mean of its `kept` best regions of each target frame.

    The last four numbers before the constants are strides. whole: the dimensions are a multiple of `deep`.
    """
    rows = regions * query_frames
    row_tiles = tl.cdiv(rows, tall)
    row = tl.program_id(0) % row_tiles * tall + tl.arange(0, tall)
    column = tl.program_id(0) // row_tiles * wide + tl.arange(0, wide)
    # Rows and columns beyond the edge repeat the last one and are not stored: cheaper than masked reads.
    read_row = tl.minimum(row, rows - 1)
    read_column = tl.minimum(column, target_frames - 1).to(tl.int64)
    region_of, frame_of = (read_row // query_frames).to(tl.int64), (read_row % query_frames).to(tl.int64)
    depth = tl.arange(0, deep)
    left = query + (region_of * query_region + frame_of * query_frame)[:, None] + depth[None, :]
    right = target + (read_column * target_frame)[None, :] + depth[:, None]
    steps = tl.cdiv(dims, deep)
    products = tl.zeros((tall, wide), tl.float32)
    first = tl.full((tall, wide), float("-inf"), tl.float32)
    second, third, fourth = first, first, first
    # One loop over target regions and dimensions, so that reading goes on while a region is finished.
    for step in range(regions * steps):
        start = step % steps * deep
        inside = depth < dims - start
        a = _read(left + start, inside[None, :], whole)
        b = _read(right + ((step // steps).to(tl.int64) * target_region + start), inside[:, None], whole)
        products = tl.dot(a, b, products, input_precision="ieee")
        if kept < regions:  # noqa: SIM102 - the compiler decides this one, the device the next
            if start + deep >= dims:
                first, second, third, fourth = _insert(products, first, second, third, fourth, kept)
                products = tl.zeros((tall, wide), tl.float32)
    if kept < regions:
        products = _sum(first, second, third, fourth, kept)
    place = row.to(tl.int64)[:, None] * target_frames + column[None, :]
    tl.store(best + place, products / kept, mask=(row < rows)[:, None] & (column < target_frames)[None, :])


@cache
def _agrees(device: torch.device, dtype: torch.dtype, regions: int, kept: int) -> bool:
    """Whether the kernel compiles on a device and gives there, on a small ragged case, what the definition gives."""
    random = torch.Generator().manual_seed(0)
    features = F.normalize(torch.randn(regions, 15 + 150, 512, generator=random), dim=-1).to(dtype)
    query, target = features.split((15, 150), 1)
    expected = topk_chamfer(torch.einsum("rtd,sud->turs", query.float(), target.float()), kept / regions)
    try:
        found = frame_similarity(query.to(device), target.to(device), kept / regions).cpu()
        difference = float((found - expected).abs().max())
        fault = "" if difference <= TOLERANCE else f"is off by {difference:.1e}"
    # What can fail here shares no class: no C compiler, a device Triton does not know, too little shared memory.
    except Exception as error:
        fault = f"failed: {error}"
    if fault:
        warnings.warn(f"{device}: region similarity by torch, because Triton's kernel {fault}", stacklevel=2)
    return not fault
