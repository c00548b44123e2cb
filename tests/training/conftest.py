"""A small project with a view bank made of random numbers."""

from collections.abc import Callable
from copy import deepcopy
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from hapvr.project import Project
from hapvr.storage.views import View, write_views
from hapvr.training.options import Train

ROOT = Path(__file__).parents[2]
DIMS = 16
SMALL = {
    "steps": 4,
    "pairs": 3,
    "window": 8,
    "warmup_steps": 2,
    "validation_every": 2,
    "validation_share": 0.2,
    "seeds": [0, 1],
    "processes": 1,
}
# Temporal augmentation that leaves every clip as it is.
NONE: dict[str, Any] = {
    "shuffle_dropout": 0,
    "fast_forward": 0,
    "slow_motion": 0,
    "reverse": 0,
    "pause": 0,
    "segment": (2, 2),
    "shuffle": 0,
    "dropout": 0,
    "speed": (2, 2),
    "slowness": (2, 2),
    "pause_frames": (3, 3),
}


@cache
def _mini() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / "presets" / "mini.yaml").read_text(encoding="utf-8"))
    return content


def small_params(**changes: Any) -> dict[str, Any]:
    """The mini preset with a training of a few steps."""
    content = deepcopy(_mini())
    content["train"] |= SMALL | changes
    for key in ("warmup_steps", "validation_every"):
        content["train"][key] = min(content["train"][key], content["train"]["steps"])
    for method in content["methods"].values():
        method["minimum_frames"] = min(method["minimum_frames"], content["train"]["window"])
    return content


@pytest.fixture
def train_params() -> Callable[..., Train]:
    """Makes a `train` section: the small one with some keys changed."""
    return lambda **changes: Train.model_validate(small_params(**changes)["train"])


def views_of(sources: list[str], *, mixed: dict[str, str], frames: int = 10) -> list[View]:
    """Two weak and two strong views per source, similar to each other; the first strong view may be mixed."""
    views = []
    for number, source in enumerate(sources):
        generator = np.random.default_rng(number)
        features, teacher = generator.normal(size=(frames, 9, DIMS)), generator.normal(size=(frames, 12))
        for kind in ("weak", "strong"):
            for index in range(2):
                noisy = features + generator.normal(size=features.shape)
                views.append(
                    View(
                        source=source,
                        kind=kind,
                        number=index,
                        mixed=mixed.get(source, "") if (kind, index) == ("strong", 0) else "",
                        features=(noisy / np.linalg.norm(noisy, axis=-1, keepdims=True)).astype(np.float16),
                        teacher=(teacher / np.linalg.norm(teacher, axis=-1, keepdims=True)).astype(np.float16),
                    )
                )
    return views


@pytest.fixture
def bank_views() -> Callable[..., list[View]]:
    return views_of


@pytest.fixture(scope="session")
def project_in() -> Callable[..., Project]:
    """Makes a project in a folder: its view bank has ten sources; some keys of `train` may be changed.

    mixing: how many sources of each shard have a video-in-video view, with the next source of the shard.
    """

    def make(folder: Path, *, mixing: int = 1, **changes: Any) -> Project:
        (folder / "dvc.yaml").write_text("stages: {}\n", encoding="utf-8")
        (folder / "params.yaml").write_text(yaml.safe_dump(small_params(**changes), sort_keys=False), encoding="utf-8")
        project = Project(folder)
        sources = [f"video{number}" for number in range(10)]
        for shard in project.params.shards:
            # Made once: a file written again is other data to a checkpoint.
            if not project.views_file(shard).exists():
                part = sources[shard::2]
                mixed = dict(list(pairwise([*part, part[0]]))[:mixing])
                write_views(project.views_file(shard), views_of(part, mixed=mixed))
        return project

    return make


@pytest.fixture
def make_project(tmp_path: Path, project_in: Callable[..., Project]) -> Callable[..., Project]:
    """Makes a project as `project_in` does, in a folder of the test."""
    return lambda **changes: project_in(tmp_path, **changes)
