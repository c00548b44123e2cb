"""Frames → region features: backbone stages, L3-iMAC regions, PCA-whitening."""

from typing import Any


def __getattr__(name: str) -> Any:
    """`regions`, imported when asked for: options of this package are read without torch."""
    if name == "regions":
        from hapvr.features.l3_imac import regions

        return regions
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
