"""Figures, one a file: its function `draw` takes results and, by keyword, what params.yaml says of the figure."""

from pathlib import Path

from hapvr.registry import Registry

FIGURES = Registry(__name__, Path(__file__).parent, member="draw")
