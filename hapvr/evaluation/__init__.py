"""From similarities to metrics, precision-recall curves and confidence intervals."""

from typing import Any


def __getattr__(name: str) -> Any:
    """`evaluate`, imported when asked for: options of this package are read without numpy."""
    if name == "evaluate":
        from hapvr.evaluation.metrics import evaluate

        return evaluate
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
