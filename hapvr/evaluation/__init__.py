"""From similarities to metrics, precision-recall curves and confidence intervals."""

from hapvr.evaluation.metrics import evaluate

__all__ = ["evaluate"]
