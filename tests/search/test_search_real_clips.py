"""On real clips, not part of the repository, on which nothing was chosen or fitted: what is found of one of them."""

import shutil

import numpy as np
import pytest

from hapvr.search.answers.answer import Verdict
from hapvr.search.models import build_describer, read_judging, read_model
from hapvr.search.results import Result
from hapvr.search.search import Found, Search
from hapvr.search.shipped import FOLDER, ShippedProject
from hapvr.video import sample
from tests.search.rendered_clips import cropped, flipped, write

COPIES = {f"copies/{name}.mp4" for name in ("crop", "embedded", "flip", "same", "worse")}


def small(path):
    """Frames [T, 192, 240, 3] at 4 per second."""
    return sample(path, 4, 240).images[:, 24:216]


@pytest.fixture(scope="module")
def found(shared, tmp_path_factory) -> Found:
    """What is found of a clip of 13 s among others and its copies, one of them 6 s of it, from 6 s of another on."""
    folder = tmp_path_factory.mktemp("clips")
    clips = shared / "clips"
    for clip in clips.iterdir():
        if clip.name != "nasa.mp4":
            shutil.copy(clip, folder / clip.name)
    query, other = (small(clips / name) for name in ("nasa.mp4", "s2vs_example.mp4"))
    write(folder / "copies" / "crop.mp4", cropped(query))
    write(folder / "copies" / "flip.mp4", flipped(query))
    write(folder / "copies" / "worse.mp4", query, crf=42)
    write(folder / "copies" / "embedded.mp4", np.concatenate([other[:24], query[12:36], other[24:]]))
    shutil.copy(clips / "nasa.mp4", folder / "copies" / "same.mp4")
    project = ShippedProject(FOLDER)
    model, describe = read_model(project, "visil_f"), build_describer(project)
    judging = read_judging(project, "visil_f", describe, threshold=None)
    search = Search(folder, model, describe, index=None, rebuild=False, memory_gb=1, judging=judging)
    return search(clips / "nasa.mp4")


def result(found: Found, name: str) -> Result:
    return next(result for result in found.results if result.path == f"copies/{name}.mp4")


def test_copies_come_first_by_score_and_by_probability(found):
    assert {result.path for result in found.results[:5]} == COPIES
    lowest = min(result.score for result in found.results[:5])
    assert lowest > 0.1 + max(result.score for result in found.results[5:])


def test_calibrated_thresholds_hold(found):
    assert {result.path for result in found.results if result.is_copy} == COPIES


def test_answers_say_identical_flipped_and_where(found):
    assert result(found, "same").answer.verdict is Verdict.IDENTICAL
    assert [name for name in ("crop", "embedded", "flip", "worse") if result(found, name).answer.flipped] == ["flip"]
    assert {result(found, name).answer.verdict for name in ("flip", "worse")} == {Verdict.COPY}
    embedded = result(found, "embedded").answer
    assert embedded.verdict is Verdict.PART
    best = embedded.ranges[0]
    np.testing.assert_allclose([best.query, best.video], [[3, 9], [6, 12]], atol=1.5)


def test_a_clip_that_is_damaged_is_named(found):
    assert "corrupted.mp4" in {**found.flaws.unreadable, **found.flaws.damaged}
