"""Training losses, one a file; `LOSSES` maps the name in params.yaml, which is the file's, to the class."""

from pathlib import Path
from typing import Any

from hapvr.registry import Registry

LOSSES = Registry(__name__, Path(__file__).parent)


def level_of(name: str) -> str:
    """What a loss works on, as its class says: `frame` or `output`; `video` where it says nothing. Raises KeyError."""
    return getattr(LOSSES[name], "level", "video")


def __getattr__(name: str) -> Any:
    """Each class by its name, and `pseudo_labels`; imported when asked for."""
    if name == "pseudo_labels":
        from hapvr.losses.labels import pseudo_labels

        return pseudo_labels
    return LOSSES.called(name)
