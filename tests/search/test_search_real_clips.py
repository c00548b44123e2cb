"""On real clips, which are not part of the repository: edited copies are found, the corrupt one is skipped."""

import shutil

import numpy as np
import pytest

from hapvr.search.models import read_model
from hapvr.search.search import Search
from hapvr.video import sample
from tests.search.rendered_clips import cropped, flipped, write


@pytest.fixture(scope="module")
def clips(shared, tmp_path_factory):
    """A folder of the clips, but the query, and of edited copies of the query."""
    folder = tmp_path_factory.mktemp("clips")
    for clip in (shared / "clips").iterdir():
        if clip.name != "nasa.mp4":
            shutil.copy(clip, folder / clip.name)
    query, other = (small(shared / "clips" / name) for name in ("nasa.mp4", "s2vs_example.mp4"))
    write(folder / "copies" / "crop.mp4", cropped(query))
    write(folder / "copies" / "flip.mp4", flipped(query))
    write(folder / "copies" / "worse.mp4", query, crf=42)
    write(folder / "copies" / "embedded.mp4", np.concatenate([other[:24], query, other[24:]]))
    return folder


def small(path):
    """Frames [T, 192, 240, 3] at 4 per second."""
    return sample(path, 4, 240).images[:, 24:216]


def test_copies_of_a_real_clip_are_found_and_the_corrupt_one_is_skipped(clips, shared, project, describe, tmp_path):
    model = read_model(project, "visil_f")
    search = Search(clips, model, describe, index=tmp_path / "index.h5", rebuild=False, memory_gb=1)
    found = search(shared / "clips" / "nasa.mp4")
    best = {result.path for result in found.results[:4]}
    assert best == {f"copies/{name}.mp4" for name in ("crop", "embedded", "flip", "worse")}
    assert found.results[3].score > found.results[4].score + 0.1
    assert list(found.flaws.unreadable) == ["corrupted.mp4"]
