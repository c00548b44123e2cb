"""Frozen image networks, one a file: four stage maps for regions and one pooled vector per frame."""

from pathlib import Path

from hapvr.registry import Registry

BACKBONES = Registry(__name__, Path(__file__).parent)
