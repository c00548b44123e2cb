"""PCA-whitening of region vectors."""

from collections.abc import Mapping
from pathlib import Path
from typing import Self

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from hapvr.storage.files import whole

# What the published code adds to variances before it divides by their root.
PUBLISHED_EPSILON = 1e-7


class Whitening(nn.Module):
    """x → L2((x - mean) V / √d), the projection that makes the training vectors uncorrelated with unit variance.

    mean: [C]; variances: [D] (d, largest first); directions: [C, D] (V).
    Source: Jégou and Chum 2012; ViSiL (2019), section 3.1.
    """

    mean: Tensor
    variances: Tensor
    directions: Tensor

    def __init__(self, mean: Tensor, variances: Tensor, directions: Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("variances", variances)
        self.register_buffer("directions", directions)

    @classmethod
    def fit(cls, vectors: Tensor, dims: int) -> Self:
        """Learns from vectors [N, C]. Raises ValueError if they span fewer than `dims` directions."""
        if min(vectors.shape) < dims:
            raise ValueError(
                f"whiten.dims: {dims} dimensions asked of {vectors.shape[0]} vectors of {vectors.shape[1]} dimensions; "
                "lower whiten.dims or raise whiten.vectors"
            )
        centred = vectors.double()
        mean = centred.mean(0)
        centred = centred - mean
        variances, directions = torch.linalg.eigh(centred.T @ centred / (len(vectors) - 1))
        variances, directions = variances.flip(0)[:dims], directions.flip(1)[:, :dims]
        if variances[-1] <= 1e-12 * variances[0]:
            raise ValueError(f"whiten.dims: the training vectors span fewer than {dims} directions; lower whiten.dims")
        # An eigenvector's sign is arbitrary: its largest entry is made positive.
        largest = directions.gather(0, directions.abs().argmax(0, keepdim=True))
        return cls(mean.float(), variances.float(), (directions * largest.sign()).float().contiguous())

    def first(self, dims: int) -> Self:
        """The `dims` directions of largest variance. Raises ValueError if there are fewer."""
        usable = int((self.variances > 0).sum())
        if usable < dims:
            raise ValueError(f"whiten.dims: {dims} asked of a whitening with {usable} directions; lower whiten.dims")
        return type(self)(self.mean, self.variances[:dims].clone(), self.directions[:, :dims].contiguous())

    def forward(self, vectors: Tensor) -> Tensor:
        """vectors: [..., C] → unit vectors [..., D]."""
        return F.normalize((vectors - self.mean) @ (self.directions / self.variances.sqrt()), dim=-1)

    def save(self, path: Path) -> None:
        with whole(path) as temporary:
            save_file(self.state_dict(), temporary)

    @classmethod
    def load(cls, path: Path) -> Self:
        return cls(**load_file(path))


def from_published(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The PCA of ViSiL, DnS, S2VS and HAP-VR: `mean` [1, C] or [C], `d` [C] in any order, `V` [C, C] → ours, all C.

    The published code adds 1e-7 to the variances before it divides; here they have it already.
    Raises ValueError naming what is missing, unexpected or of another shape.
    """
    if state.keys() != {"mean", "d", "V"}:
        raise ValueError(f"found {', '.join(sorted(state))}; expected mean, d and V")
    mean, variances, directions = state["mean"].flatten(), state["d"].flatten(), state["V"]
    if not directions.shape == (len(mean), len(variances)):
        raise ValueError(f"V has the shape {list(directions.shape)}; mean and d expect {[len(mean), len(variances)]}")
    order = variances.argsort(descending=True, stable=True)
    return {
        "mean": mean.float(),
        "variances": variances[order].float() + PUBLISHED_EPSILON,
        "directions": directions[:, order].float().contiguous(),
    }
