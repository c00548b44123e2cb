"""Scores that know nothing."""

import hashlib
from typing import Annotated

import torch
import torch.nn.functional as F
from pydantic import Field
from torch import Tensor, nn

from hapvr.similarity.vectors import scalar_product

Seed = Annotated[int, Field(ge=0, description="of the scores")]

DIMS = 64


class Random(nn.Module):
    """A random number per pair of videos: the floor of a table, what a metric gives to chance.

    Each video has a random direction of its own, which depends on its features as a whole and on the seed.
    """

    engine = "vector"

    def __init__(self, seed: Seed) -> None:
        super().__init__()
        self.seed = seed

    def index(self, features: Tensor) -> Tensor:
        """Features [T, R, D] → a random unit vector [64]."""
        digest = hashlib.sha256(features.half().cpu().contiguous().numpy().tobytes() + str(self.seed).encode()).digest()
        generator = torch.Generator().manual_seed(int.from_bytes(digest[:8], "big") >> 1)
        return F.normalize(torch.randn(DIMS, generator=generator), dim=0).to(features.device)

    def similarity(self, query: Tensor, target: Tensor) -> Tensor:
        """Cosine similarity of two indexed videos, [64] each."""
        return scalar_product(query, target)
