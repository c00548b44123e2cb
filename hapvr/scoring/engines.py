"""How queries are compared with a database video: an engine, chosen by what the method declares."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from hapvr.methods.model import FrameMatrix, Method
from hapvr.scoring.memory import FLOAT32, Sizes
from hapvr.scoring.strips import ALIGN, CHUNK, Strip, cut_into_spans, pack_into_strips, strip_frames
from hapvr.similarity.region_similarity import COLUMNS, frame_similarity, region_major, rows_of_tile
from hapvr.similarity.topk_chamfer import mean_of_best
from hapvr.topk import kept_items

FLOAT64 = 8


class Engine(Protocol):
    """Compares packed queries with one database video at a time, so that no score depends on other videos."""

    def needed_bytes(self, sizes: Sizes) -> dict[str, int]:
        """What it holds: what for → bytes."""

    def pack_queries(self, queries: Iterable[Tensor]) -> Any:
        """Features [T, R, D] of the queries, on the device → what `compare` takes."""

    def compare(self, packed: Any, video: Tensor) -> Tensor:
        """Similarity of every query to a database video with features [T, R, D] on the device, float32 [Q]."""


class PairEngine:
    """One pair of videos at a time, by the method's own `similarity`."""

    def __init__(self, method: Method, dtype: torch.dtype, device: torch.device) -> None:
        self._method = method

    def needed_bytes(self, sizes: Sizes) -> dict[str, int]:
        """Indexed videos are taken to be as large as features, and `similarity` to hold four frame-to-frame matrices.

        A method whose `similarity` holds more says so by `bytes_per_frame_pair`.
        """
        per_pair = getattr(self._method, "bytes_per_frame_pair", 4 * FLOAT32)
        return {
            "the queries": sizes.float_bytes(sum(sizes.queries)),
            "one video": 2 * sizes.float_bytes(sizes.longest),
            "one comparison": per_pair * max(sizes.queries) * sizes.longest,
        }

    def pack_queries(self, queries: Iterable[Tensor]) -> list[Tensor]:
        """Every query indexed."""
        return [self._method.index(query.float()) for query in queries]

    def compare(self, packed: list[Tensor], video: Tensor) -> Tensor:
        """Similarity [Q]."""
        target = self._method.index(video.float())
        return torch.stack([self._method.similarity(query, target).float() for query in packed])


class VectorEngine:
    """One vector per video: all queries at once, by a matrix product in float64, of which a score is rounded."""

    def __init__(self, method: Method, dtype: torch.dtype, device: torch.device) -> None:
        self._method = method

    def needed_bytes(self, sizes: Sizes) -> dict[str, int]:
        """Vectors are small; a video is there twice while it is indexed."""
        vector = FLOAT64 * self._method.index(sizes.frame).numel()
        one = 2 * sizes.float_bytes(sizes.longest) + _index_bytes(self._method, sizes.longest)
        return {"the queries": 2 * vector * len(sizes.queries), "one video": one}

    def pack_queries(self, queries: Iterable[Tensor]) -> Tensor:
        """A vector per query, [Q, D]."""
        return torch.stack([self._method.index(query.float()).double() for query in queries])

    def compare(self, packed: Tensor, video: Tensor) -> Tensor:
        """Similarity [Q]."""
        return (packed @ self._method.index(video.float()).double()).float()


class FixedEngine:
    """An index of one shape, whatever the video: all queries at once, by the method's own `similarity`."""

    def __init__(self, method: Method, dtype: torch.dtype, device: torch.device) -> None:
        self._method = method

    def needed_bytes(self, sizes: Sizes) -> dict[str, int]:
        """`similarity` is taken to hold the queries twice more."""
        queries = FLOAT32 * self._method.index(sizes.frame).numel() * len(sizes.queries)
        return {
            "the queries": 2 * queries,
            "one video": 2 * sizes.float_bytes(sizes.longest),
            "one comparison": 2 * queries,
        }

    def pack_queries(self, queries: Iterable[Tensor]) -> Tensor:
        """Every query indexed, [Q, …]."""
        return torch.stack([self._method.index(query.float()) for query in queries])

    def compare(self, packed: Tensor, video: Tensor) -> Tensor:
        """Similarity [Q]."""
        return self._method.similarity(packed, self._method.index(video.float())).float()


class FrameMatrixEngine:
    """Strips of queries against a video: region products in tiles, then the method's `refine`, then pooling.

    dtype: of the region products; everything after them is float32. What `index` gives as whole numbers, such as bits,
    stays as it is: its method compares it itself, by `compare_regions`. Raises ValueError for a symmetric method that
    keeps more than the best frame.
    """

    def __init__(self, method: FrameMatrix, dtype: torch.dtype, device: torch.device) -> None:
        self._method, self._dtype, self._device = method, dtype, device
        self._gap: int = getattr(method, "gap", 1)
        self._compare_regions: Callable[[Tensor, Tensor], Tensor] = getattr(
            method, "compare_regions", partial(frame_similarity, rate=method.region_top_rate)
        )
        self._whole = getattr(method, "index_whole", False)
        self._symmetric = getattr(method, "symmetric", False)
        if self._symmetric and method.frame_top_rate:
            raise ValueError(
                f"{type(method).__name__}.frame_top_rate: expected 0 for symmetric similarity, which is the mean of "
                f"both directions' best frames, found {method.frame_top_rate}"
            )
        if isinstance(method, nn.Module):
            # A CNN is fastest with its channels last.
            method.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def needed_bytes(self, sizes: Sizes) -> dict[str, int]:
        """Laid out, an indexed video is there twice; `index` has copies of its own, of a chunk or of all of it.

        A byte of what is no number may be eight numbers while it is compared.
        """
        indexed = self._kept(self._method.index(sizes.frame)[:1])
        regions, frame = indexed.shape[1], indexed.nbytes
        compared = frame if indexed.is_floating_point() else 8 * frame * self._dtype.itemsize
        packed = self._packed_frames(sizes)
        at_once = sizes.longest if self._whole else min(sizes.longest, CHUNK)
        copies = (2 if self._whole else 4) * sizes.float_bytes(at_once) + _index_bytes(self._method, at_once)
        return {
            "the queries": frame * (packed + 2 * strip_frames(self._device)),
            "one video": 2 * frame * sizes.longest + copies,
            "one comparison": self._comparison_bytes(sizes.longest, packed=packed, frame=compared, regions=regions),
        }

    def pack_queries(self, queries: Iterable[Tensor]) -> list[Strip]:
        """The queries, indexed, in strips."""
        indexed = (self._index_in_parts(query) for query in queries)
        return list(pack_into_strips(indexed, stride=self._method.stride, halo=self._method.halo, gap=self._gap))

    def compare(self, packed: list[Strip], video: Tensor) -> Tensor:
        """Similarity [Q]."""
        target = region_major(self._index_in_parts(video))
        similarity = torch.zeros(packed[-1].first + len(packed[-1].weights), device=video.device)
        back = _BestOfQueries(similarity)
        for strip in packed:
            refined = self._refine_strip(strip, target)
            kept = kept_items(self._method.frame_top_rate, refined.shape[1])
            similarity[strip.first : strip.first + len(strip.weights)] += strip.weights @ mean_of_best(refined, kept)
            if self._symmetric:
                back.add(strip, refined)
        return (similarity + back.similarity) / 2 if self._symmetric else similarity

    def _index_in_parts(self, features: Tensor) -> Tensor:
        """Features [T, R, D] → indexed [T', R, D]; long videos part by part if they may, for memory's sake."""
        parts = -(-len(features) // CHUNK)
        if parts == 1 or self._whole:
            return self._kept(self._method.index(features.float()))
        # Parts of about one length: each is long enough for `index` to leave it that long.
        pieces = features.tensor_split(parts)
        first = self._kept(self._method.index(pieces[0].float()))
        whole = torch.empty(len(features), *first.shape[1:], dtype=first.dtype, device=features.device)
        kept = whole.tensor_split(parts)
        kept[0].copy_(first)
        for piece, part in zip(pieces[1:], kept[1:], strict=True):
            part.copy_(self._method.index(piece.float()))
        return whole

    def _kept(self, indexed: Tensor) -> Tensor:
        return indexed.to(self._dtype) if indexed.is_floating_point() else indexed

    def _refine_strip(self, strip: Strip, video: Tensor) -> Tensor:
        """Refined matrix of all outputs of a strip and of a video, [outputs, outputs]. video: [R, T, ·]."""
        refined = []
        for columns in cut_into_spans(video.shape[1], stride=self._method.stride, halo=self._method.halo):
            chunk = video[:, columns.start : columns.stop]
            similarity = torch.cat([self._compare_regions(tile, chunk) for tile in strip.tiles])
            outputs = self._method.refine(similarity.unsqueeze(0), strip.real)[0]
            refined.append(outputs[:, columns.skip : columns.skip + columns.outputs])
        return torch.cat(refined, 1)

    def _packed_frames(self, sizes: Sizes) -> int:
        """Frames of all strips: those of the queries, of gaps, of the halos of chunks, and of alignment."""
        gaps = sum((frames // CHUNK + 1) * self._around_a_chunk() for frames in sizes.queries)
        strips = (sum(sizes.queries) + gaps) // strip_frames(self._device) + 1
        return sum(sizes.queries) + gaps + strips * ALIGN

    def _around_a_chunk(self) -> int:
        return 2 * self._method.halo + (1 + self._gap) * self._method.stride

    def _comparison_bytes(self, longest: int, *, packed: int, frame: int, regions: int) -> int:
        tall = rows_of_tile(self._device)
        chunk = min(longest, CHUNK) + self._around_a_chunk()
        rows = min(max(strip_frames(self._device), chunk), packed)
        pairs_of_frames = rows * (3 * FLOAT32 + self._method.bytes_per_frame_pair) * chunk
        # More than the 9 best values of every pair of frames that Triton's kernel keeps.
        region_products = 3 * FLOAT32 * regions**2 * min(tall, rows) * min(COLUMNS, chunk)
        copies = 2 * frame * (chunk + min(tall, rows))
        outputs = 6 * FLOAT32 * (rows // self._method.stride) * (longest // self._method.stride + 1)
        return pairs_of_frames + region_products + copies + outputs


class _BestOfQueries:
    """The way back of symmetric similarity: mean over a video's outputs of the best one of each query, [Q].

    Of a query in several strips, which follow each other, the best of those seen so far are held.
    """

    def __init__(self, like: Tensor) -> None:
        self.similarity = torch.zeros_like(like)
        self._last, self._held = -1, like

    def add(self, strip: Strip, refined: Tensor) -> None:
        """Takes in a strip: refined is [outputs of the strip, outputs of the video]."""
        for number, outputs in enumerate(strip.outputs, strip.first):
            best = refined.index_select(0, outputs).amax(0)
            if number == self._last:
                best = torch.maximum(best, self._held)
            self.similarity[number] = best.mean()
            self._last, self._held = number, best


def _index_bytes(method: Any, frames: int) -> int:
    """What `index` holds for so many frames, beside copies of their features."""
    held: int = getattr(method, "index_bytes_per_frame", 0)
    return held * frames


ENGINES: dict[str, Any] = {
    "pair": PairEngine,
    "vector": VectorEngine,
    "fixed": FixedEngine,
    "frame_matrix": FrameMatrixEngine,
}


def engine_of(method: Any, *, dtype: torch.dtype, device: torch.device) -> Engine:
    """The engine that a method declares. Raises ValueError for one that there is not.

    dtype: number format of region products; engines without any compute in float32 or wider.
    """
    name = getattr(method, "engine", "pair")
    if name not in ENGINES:
        raise ValueError(f"{type(method).__name__}.engine: {name!r} is no engine; accepted: {', '.join(ENGINES)}")
    engine: Engine = ENGINES[name](method, dtype, device)
    return engine
