"""What a training step needs in memory, found without computing it: tensors of the right shapes without contents."""

import weakref
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from hapvr.losses import level_of
from hapvr.methods.model import build
from hapvr.training.options import Train

REGIONS = 9
# Weights, gradients, and AdamW's two moments.
COPIES = 4
# Values alive at one time per pixel of a batch of frames, as measured: 62 for either backbone, less for the teacher.
PIXEL_VALUES = 62
# Per pair of frames of two views: the teacher's similarity, two masks of pseudo labels and the numbers of those chosen.
LABEL_BYTES = 12


def weight_bytes(method: Mapping[str, Any], dims: int) -> int:
    """Of the network of a method, its gradients and the optimiser's state, which are float32."""
    with FakeTensorMode():
        network = build(method, dims)
        return COPIES * sum(parameter.numel() * 4 for parameter in network.parameters())


def step_bytes(method: Mapping[str, Any], losses: Iterable[str], params: Train, dims: int) -> int:
    """The most that is alive at one time of forward and backward of one batch, beside the weights.

    losses: their names; those of videos are small beside it and left out.
    """
    views, frames = 2 * params.pairs, params.window
    on_frames = any(level_of(loss) == "frame" for loss in losses)
    labels = LABEL_BYTES * (views * frames) ** 2 if on_frames else 0
    dtype = None if params.number_format == "float32" else getattr(torch, params.number_format)
    with FakeTensorMode():
        network = build(method, dims)
        with _Peak() as peak:
            batch = torch.empty(views, frames, REGIONS, dims)
            with torch.autocast("cpu", dtype=dtype, enabled=dtype is not None):
                frame_similarity, similarity, penalty = network(batch)
            (frame_similarity.float().sum() + similarity.float().sum() + penalty.float()).backward()
    return peak.most + labels


def backbone_bytes(*, frames: int, side: int) -> int:
    """Of one pass of the frozen backbone over `frames` square frames, in float32, beside its weights."""
    return PIXEL_VALUES * 4 * frames * side**2


class _Peak(TorchDispatchMode):
    """Follows the storages that operations make until they are released."""

    def __init__(self) -> None:
        super().__init__()
        self.most = 0
        self._now = 0
        self._alive: set[int] = set()

    def __torch_dispatch__(
        self,
        operation: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        out = operation(*args, **(kwargs or {}))
        for value in tree_leaves(out):
            if isinstance(value, Tensor):
                self._follow(value.untyped_storage())
        return out

    def _follow(self, storage: torch.UntypedStorage) -> None:
        key, size = storage._cdata, storage.nbytes()
        if key not in self._alive:
            self._alive.add(key)
            self._now += size
            self.most = max(self.most, self._now)
            weakref.finalize(storage, self._release, key, size)

    def _release(self, key: int, size: int) -> None:
        self._alive.remove(key)
        self._now -= size
