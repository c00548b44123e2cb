"""Frames → region features: backbone stages, L3-iMAC regions, PCA-whitening."""

from hapvr.features.regions import regions

__all__ = ["regions"]
