"""A project whose pipeline has run as far as a search needs, and a folder of videos."""

from pathlib import Path

import numpy as np
import pytest

from hapvr.project import Project
from hapvr.search.files.describe import Describer
from hapvr.search.models import build_describer
from tests.search.rendered_clips import cropped, flipped, scene, write
from tests.search.searchable import searchable_project

DISTRACTORS = range(20, 26)


@pytest.fixture(scope="session")
def project(tmp_path_factory) -> Project:
    return searchable_project(tmp_path_factory.mktemp("project"))


@pytest.fixture(scope="session")
def describe(project) -> Describer:
    return build_describer(project)


@pytest.fixture(scope="session")
def query(tmp_path_factory) -> Path:
    return write(tmp_path_factory.mktemp("query") / "query.mp4", scene(1))


@pytest.fixture(scope="session")
def library(tmp_path_factory) -> Path:
    """Edited copies of the query in the folder `copies`, other videos, and files that are no videos."""
    folder = tmp_path_factory.mktemp("library")
    original = scene(1)
    write(folder / "copies" / "crop.mp4", cropped(original))
    write(folder / "copies" / "flip.mkv", flipped(original))
    write(folder / "copies" / "worse.mp4", original, crf=42)
    write(folder / "copies" / "embedded.mp4", np.concatenate([scene(30), original, scene(31)]))
    for seed in DISTRACTORS:
        write(folder / f"other {seed}.mp4", scene(seed))
    (folder / "notes.txt").write_text("no video")
    (folder / ".hidden.mp4").write_text("no video either")
    return folder
