"""The trained video-to-video similarity network of S2VS and HAP-VR."""

from collections.abc import Mapping
from typing import Annotated, Literal

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from hapvr.losses.matrix import widen
from hapvr.losses.range_penalty import RangePenalty
from hapvr.methods.published_state import ATTENTION, COMPARATOR, rename
from hapvr.similarity.region_similarity import (
    frame_similarity_of_pairs,
    frame_similarity_with_gradient,
    frame_similarity_within,
)
from hapvr.similarity.topk_chamfer import topk_chamfer

# Two 2 × 2 poolings: one output of the CNN stands for this many frames.
STRIDE = 4

Rate = Annotated[float, Field(ge=0, le=1, description="share of target items kept by TopK-Chamfer; 0: the best one")]
MinimumFrames = Annotated[int, Field(ge=4, description="shorter videos are repeated up to this many frames")]


class Attention(nn.Module):
    """x · σ(uᵀ tanh(Wx + b)) per region vector, x: [..., D]."""

    def __init__(self, dims: int) -> None:
        super().__init__()
        self.transform = nn.Linear(dims, dims)
        self.context_vector = nn.Linear(dims, 1, bias=False)
        _initialise(self)

    def forward(self, features: Tensor) -> Tensor:
        return features * torch.sigmoid(self.context_vector(torch.tanh(self.transform(features))))


class Comparator(nn.Module):
    """CNN over a frame-to-frame matrix, [N, 1, T, T'] → [N, 1, T/4, T'/4], before hardtanh.

    padding: what a 3 × 3 convolution sees beyond the border, "zeros" or "replicate", the border itself again.
    """

    def __init__(self, padding: Literal["zeros", "replicate"] = "zeros") -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, padding=1, padding_mode=padding)
        self.conv2 = nn.Conv2d(32, 64, 3, padding=1, padding_mode=padding)
        self.conv3 = nn.Conv2d(64, 128, 3, padding=1, padding_mode=padding)
        self.fconv = nn.Conv2d(128, 1, 1)
        _initialise(self)

    def forward(self, frame_similarity: Tensor) -> Tensor:
        # After the pooling, relu has a quarter of the work; maximum and gradient stay what they are.
        maps = F.relu(F.max_pool2d(self.conv1(frame_similarity), 2))
        maps = F.relu(F.max_pool2d(self.conv2(maps), 2))
        out: Tensor = self.fconv(F.relu(self.conv3(maps)))
        return out


class FrameNetwork(nn.Module):
    """TopK-Chamfer over regions, a CNN, TopK-Chamfer over frames: what the methods with that CNN have in common.

    Each has an `encode`, from features [..., T, R, D] to what is compared, frame by frame, and its `comparator_module`.
    Videos shorter than `minimum_frames` are repeated until they are long enough for the two poolings.
    """

    stride = STRIDE
    # An output depends on 7 frames before and after its own four.
    halo = 2 * STRIDE
    # 32 maps of the first layer, pooled ones and a copy, in float32.
    bytes_per_frame_pair = 48 * 4
    comparator_module: Comparator

    def __init__(self, region_top_rate: float, frame_top_rate: float, *, minimum_frames: int) -> None:
        super().__init__()
        self.region_top_rate = region_top_rate
        self.frame_top_rate = frame_top_rate
        self.minimum_frames = minimum_frames

    def encode(self, features: Tensor) -> Tensor:
        """Features [..., T, R, D] → what is compared, [..., T, R, D']."""
        raise NotImplementedError

    def repeat(self, features: Tensor) -> Tensor:
        """Features [..., T, R, D] → [..., T', R, D], the whole sequence again until T' ≥ minimum_frames."""
        repeats = -(-self.minimum_frames // features.shape[-3])
        return features.repeat(*[1] * (features.ndim - 3), repeats, 1, 1)

    def index(self, features: Tensor) -> Tensor:
        """What is kept of a video: features [T, R, D] → encoded features [T', R, D'], T' ≥ minimum_frames."""
        return self.encode(self.repeat(features))

    def frame_similarity(self, query: Tensor, target: Tensor) -> Tensor:
        """Indexed [T, R, D] and [T', R, D] → [T, T']: TopK-Chamfer over the target's regions."""
        pairs = torch.einsum("trd,usd->turs", query, target)
        return topk_chamfer(pairs, self.region_top_rate)

    def compare_frames(self, frame_similarity: Tensor) -> Tensor:
        """[N, T, T'] → raw CNN output [N, T/4, T'/4], before hardtanh."""
        out: Tensor = self.comparator_module(frame_similarity.unsqueeze(1)).squeeze(1)
        return out

    def refine(self, frame_similarity: Tensor, real: Tensor) -> Tensor:
        """[N, T, T'], rows of several queries → similarity of four frames to four frames in [-1, 1], [N, T/4, T'/4].

        real: bool [T], as `compare_frames_masked` has it.
        """
        return F.hardtanh(compare_frames_masked(self.comparator_module, frame_similarity, real))

    def similarity(self, query: Tensor, target: Tensor) -> Tensor:
        """Similarity in [-1, 1] of two indexed videos, [T, R, D] and [T', R, D]."""
        raw = self.compare_frames(self.frame_similarity(query, target).unsqueeze(0))[0]
        return self.pool(F.hardtanh(raw))

    def pool(self, refined: Tensor) -> Tensor:
        """Refined matrices [..., T/4, T'/4] → similarity [...]: TopK-Chamfer over the target's frames."""
        return topk_chamfer(refined, self.frame_top_rate)

    def frame_similarity_of_pairs(self, queries: Tensor, targets: Tensor) -> Tensor:
        """`frame_similarity` of each query and its own target, with gradients: encoded [B, T, R, D] → [B, T, T']."""
        return frame_similarity_of_pairs(queries, targets, self.region_top_rate)

    def compare_pairs(self, queries: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """`similarity` of each query and its own target, with gradients.

        queries: encoded [B, T, R, D], targets: [B, T', R, D]. Returns similarity [B] in [-1, 1] and the raw output of
        the CNN, [B, T/4, T'/4], both float32 at least.
        """
        raw = widen(self.compare_frames(self.frame_similarity_of_pairs(queries, targets)))
        return self.pool(F.hardtanh(raw)), raw


class SimilarityNetwork(FrameNetwork):
    """Attention, TopK-Chamfer over regions, CNN, TopK-Chamfer over frames.

    First weights are Xavier-uniform and biases zero, drawn from torch's global generator. dims: D of the region
    features. Videos shorter than `minimum_frames` (8 in HAP-VR, 4 in S2VS) are
    repeated until they are long enough for the two poolings.
    Source: HAP-VR (Liu et al. 2024), section 3; S2VS (Kordopatis-Zilos et al. 2023).
    """

    engine = "frame_matrix"

    def __init__(
        self,
        dims: int,
        region_top_rate: Rate,
        frame_top_rate: Rate,
        *,
        minimum_frames: MinimumFrames = 2 * STRIDE,
    ) -> None:
        super().__init__(region_top_rate, frame_top_rate, minimum_frames=minimum_frames)
        self.attention = Attention(dims)
        self.comparator_module = Comparator()

    def encode(self, features: Tensor) -> Tensor:
        """Attended features."""
        attended: Tensor = self.attention(features)
        return attended

    def forward(self, batch: Tensor, rows: slice = slice(None)) -> tuple[Tensor, Tensor, Tensor]:
        """Every video against every other, for training.

        batch: [N, T, R, D]. rows: which videos are compared with all N, Q of them; all if not given. Returns
        frame_similarity [Q, N, T, T], similarity [Q, N] in [0, 1] (the head's output is halved and shifted before the
        last TopK-Chamfer) and the range penalty of that output (scalar). All three are float32 at least, and so are
        the means over regions and frames, whatever the number format of the products.
        """
        indexed = self.index(batch)
        if rows == slice(None):
            frame_similarity = frame_similarity_within(indexed, self.region_top_rate)
        else:
            frame_similarity = frame_similarity_with_gradient(indexed[rows], indexed, self.region_top_rate)
        raw = widen(self.compare_frames(frame_similarity.flatten(0, 1)))
        similarity = topk_chamfer(F.hardtanh(raw) / 2 + 0.5, self.frame_top_rate)
        return frame_similarity, similarity.view(frame_similarity.shape[:2]), RangePenalty()(raw)


def compare_frames_masked(comparator: Comparator, frame_similarity: Tensor, real: Tensor) -> Tensor:
    """Raw CNN output for matrices whose rows are several queries, rows of none between them.

    frame_similarity: [N, T, T']. real: bool [T], True for the rows of queries; each query starts at a multiple of four,
    after at least one row and one whole output without a query. Zero padding needs zeros there; padding by replication
    fills them in, and needs two such outputs. Returns [N, T // 4, T' // 4], before hardtanh: the outputs of a query are
    what its rows alone give.
    """
    # After the pooling, relu and mask have a quarter of the work, and the maximum stays what it is.
    maps = F.relu(F.max_pool2d(_convolve(comparator.conv1, frame_similarity.unsqueeze(1), real), 2))
    maps = _convolve(comparator.conv2, maps * _rows(real[1::2], maps), real[1::2])
    maps = F.relu(F.max_pool2d(maps, 2))
    raw: Tensor = comparator.fconv(F.relu(_convolve(comparator.conv3, maps * _rows(real[3::4], maps), real[3::4])))
    return raw.squeeze(1)


def _convolve(convolution: nn.Conv2d, maps: Tensor, real: Tensor) -> Tensor:
    """The convolution of [N, C, T, T'] with the rows around each query as its padding is."""
    if convolution.padding_mode == "zeros":
        result: Tensor = convolution(maps)
        return result
    padded = F.pad(_border_rows_outwards(maps, real), (1, 1, 0, 0), mode="replicate")
    return F.conv2d(padded, convolution.weight, convolution.bias)


def _border_rows_outwards(maps: Tensor, real: Tensor) -> Tensor:
    """[N, C, T, T'] → [N, C, T + 2, T']: a query's first row stands once more before it, its last one behind it."""
    outside = real.new_zeros(1)
    framed = torch.cat([outside, real, outside])
    place = torch.arange(-1, len(real) + 1, device=real.device)
    first = ~framed[:-1] & framed[1:]
    last = framed[:-1] & ~framed[1:]
    source = place + torch.cat([first, outside]).long() - torch.cat([outside, last]).long()
    return maps.index_select(2, source.clamp(0, len(real) - 1))


def _initialise(layers: nn.Module) -> None:
    """Xavier-uniform weights and zero biases, in the order of the layers."""
    for name, parameter in layers.named_parameters():
        if name.endswith("bias"):
            nn.init.zeros_(parameter)
        else:
            nn.init.xavier_uniform_(parameter)


def _rows(real: Tensor, like: Tensor) -> Tensor:
    return real.to(like.dtype)[:, None]


def from_published(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights under the names that S2VS (`visil_head.`) or HAP-VR (`comparator_module.`) gives them, under ours.

    A prefix `module.`, as of several GPUs, is left out. Raises ValueError naming what is missing or unexpected.
    """
    head = "comparator_module."
    return rename(state, [*ATTENTION, *COMPARATOR], {"module.visil_head.": head, "module.": "", "visil_head.": head})
