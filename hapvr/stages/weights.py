"""Stage `weights`: published weights of backbones and teachers; of methods and the whitening, converted."""

from pathlib import Path

from hapvr.fetch.registry import Registry
from hapvr.fetch.weights import fetch_weights
from hapvr.project import Project


def weights(
    project: Project, name: str, mirror: str | None = None, file: Path | None = None, drop_settings: bool = False
) -> None:
    """Writes models/backbones/{name}.safetensors, or weights/{name}.safetensors and .json; prints what it is.

    See `fetch_weights`, which it calls.
    """
    fetched = fetch_weights(
        name,
        project.root,
        mirror=mirror,
        file=file,
        drop_settings=drop_settings,
        registry=Registry(project.registry_file),
    )
    print(fetched.report)
