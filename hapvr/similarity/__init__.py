"""Video-to-video similarity: TopK-Chamfer, the trained network, and scoring of whole benchmarks."""

from typing import Any

from hapvr.similarity.topk_chamfer import topk_chamfer

__all__ = ["SimilarityNetwork", "score", "topk_chamfer"]


def __getattr__(name: str) -> Any:
    """What is built on this package, imported when asked for."""
    match name:
        case "SimilarityNetwork":
            from hapvr.methods.similarity_network import SimilarityNetwork

            return SimilarityNetwork
        case "score":
            from hapvr.scoring.scoring import score

            return score
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
