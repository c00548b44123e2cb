"""Video-to-video similarity: TopK-Chamfer, the trained network, frozen methods, and scoring of whole benchmarks."""

from hapvr.similarity.network import SimilarityNetwork
from hapvr.similarity.scoring import score
from hapvr.similarity.topk_chamfer import topk_chamfer

__all__ = ["SimilarityNetwork", "score", "topk_chamfer"]
