"""Binary codes, eight bits in a byte: how they are packed, and compared without being unpacked."""

from concurrent.futures import ThreadPoolExecutor
from itertools import islice, product

import numpy as np
import torch
from torch import Tensor

from hapvr.similarity.region_similarity import frame_similarity, rows_of_tile

# Target frames of a tile: with all regions of 128 query frames its words and counts (400 kB) stay in the cache.
COLUMNS = 32
# float16 holds every sum of ±1 up to this many.
EXACT_IN_FLOAT16 = 2048


def pack(bits: Tensor) -> Tensor:
    """bool [..., B] → uint8 [..., B / 8], the first of eight being worth 1."""
    worth = 2 ** torch.arange(8, dtype=torch.uint8, device=bits.device)
    return (bits.unflatten(-1, (-1, 8)) * worth).sum(-1, dtype=torch.uint8)


def unpack(packed: Tensor, dtype: torch.dtype) -> Tensor:
    """uint8 [..., B / 8] → [..., B] of -1 and 1."""
    place = torch.arange(8, dtype=torch.uint8, device=packed.device)
    return (packed.unsqueeze(-1) >> place & 1).flatten(-2).to(dtype) * 2 - 1


@torch.inference_mode()
def best_products(query: Tensor, target: Tensor) -> Tensor:
    """Chamfer over the target's regions of codes of ±1: of each frame pair the mean over regions of the best product.

    query: uint8 [R, T, B / 8], target: [R, T', B / 8]. Returns float32 [T, T'], exactly what the products of the
    unpacked codes give. On a CPU by exclusive or and a count of bits: in one thread 1.3 times (512 bits) to 2.8 times
    (64 bits) as fast as unpacking and multiplying in float32 (`benchmarks/packed_bits.py`). A GPU multiplies.
    """
    if query.device.type != "cpu":
        dtype = torch.float16 if 8 * query.shape[-1] <= EXACT_IN_FLOAT16 else torch.float32
        return frame_similarity(unpack(query, dtype), unpack(target, dtype), 0)
    columns = np.array_split(_words(target), -(-target.shape[1] // COLUMNS), axis=1)
    rows = [_words(tile) for tile in query.split(rows_of_tile(query.device), 1)]
    # NumPy counts in one thread; it lets others run meanwhile.
    with ThreadPoolExecutor(torch.get_num_threads()) as threads:
        tiles = threads.map(_compare_tile, *zip(*product(rows, columns), strict=True))
    result = np.concatenate([np.concatenate(list(islice(tiles, len(columns)))).T for _ in rows])
    return torch.from_numpy(result)


def _words(packed: Tensor) -> np.ndarray:
    """uint8 [R, T, bytes] → [R, T, words] of the widest words that they fill."""
    size = next(size for size in (8, 4, 2, 1) if packed.shape[-1] % size == 0)
    return np.ascontiguousarray(packed.numpy()).view(f"u{size}")


def _compare_tile(query: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Words [R, T, words] and [R', T', words] → float32 [T', T]."""
    regions, frames, words = query.shape
    bits = 8 * words * query.itemsize
    rows = np.ascontiguousarray(query.reshape(-1, words).T)
    shape = target.shape[1], rows.shape[1]
    other, count = np.empty(shape, query.dtype), np.empty(shape, np.uint8)
    # As narrow as the number of bits allows: this is bound by memory.
    different, fewest = (np.empty(shape, np.min_scalar_type(bits)) for _ in range(2))
    for number, region in enumerate(target):
        into = different if number else fewest
        for word, row in enumerate(rows):
            np.bitwise_xor(region[:, word, None], row, out=other)
            if word:
                into += np.bitwise_count(other, out=count)
            else:
                np.bitwise_count(other, out=into)
        if number:
            np.minimum(fewest, different, out=fewest)
    of_regions = fewest.reshape(-1, regions, frames).sum(1, dtype=np.int32)
    return (bits * regions - 2 * of_regions).astype(np.float32) / np.float32(regions)
