"""A project whose pipeline has run as far as a search needs: a whitening, and frozen models."""

import json
from pathlib import Path

import torch

from hapvr.features.extractor import Extractor
from hapvr.features.whitening import Whitening
from hapvr.project import Project
from tests.search.rendered_clips import scene


def searchable_project(root: Path) -> Project:
    """The embedded preset on one thread, with a whitening learnt from a few scenes."""
    preset = (Path(__file__).parents[2] / "presets" / "mini.yaml").read_text()
    (root / "params.yaml").write_text(preset.replace("threads: 2", "threads: 1"))
    (root / "dvc.yaml").touch()
    project = Project(root)
    params = project.params
    frames = [scene(seed)[::4, 16:176, 16:176] for seed in range(100, 106)]
    extractor = Extractor(params.backbone, None, batch=8)
    vectors = [extractor(images.copy()).regions.flatten(0, 1) for images in frames]
    Whitening.fit(torch.cat(vectors), params.whiten.dims).save(project.whitening_file(params.backbone))
    for run in ("visil_f", "mean_pool"):
        folder = project.model_folder(run, "frozen")
        folder.mkdir(parents=True)
        method = params.method_of(run)
        (folder / "config.json").write_text(json.dumps({"method": method}))
    return project
