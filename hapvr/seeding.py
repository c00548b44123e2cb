"""Random numbers that depend on what they are for, never on the order in which things happen."""

import hashlib

import torch


def seed_of(*parts: str | int) -> int:
    """A seed in [0, 2^63) for one purpose, such as `seed_of(0, "batch", step)`; other parts give other seeds."""
    digest = hashlib.sha256("\0".join(str(part) for part in parts).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def generator_of(*parts: str | int) -> torch.Generator:
    """A generator on the CPU seeded by `seed_of(*parts)`."""
    return torch.Generator().manual_seed(seed_of(*parts))


def uniform(low: float, high: float, generator: torch.Generator) -> float:
    """A number in [low, high)."""
    return low + (high - low) * torch.rand((), generator=generator, dtype=torch.float64).item()


def integer(low: int, high: int, generator: torch.Generator) -> int:
    """An integer from low to high, both included."""
    return int(torch.randint(low, high + 1, (), generator=generator).item())


def happens(chance: float, generator: torch.Generator) -> bool:
    """True with the given chance."""
    return uniform(0, 1, generator) < chance
