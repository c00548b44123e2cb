"""Retrieval methods, one a file; `METHODS` maps the name in params.yaml, which is the file's, to the class."""

from pathlib import Path

from hapvr.registry import Registry

METHODS = Registry(__name__, Path(__file__).parent)
