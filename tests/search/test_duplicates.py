import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from hapvr.cli import cli
from hapvr.search.answers.answer import Answer, Verdict
from hapvr.search.duplicates.groups import Judged, connect_copies, parts_of
from hapvr.search.shipped import FOLDER, ShippedProject
from tests.search.rendered_clips import cropped, scene, write

ROOT = Path(__file__).parents[2]


def judged(query: str, video: str, verdict: Verdict, probability: float = 0.9) -> Judged:
    return Judged(query, video, Answer(probability, verdict, [], flipped=False))


def test_copies_of_copies_are_one_group_and_a_compilation_joins_nothing():
    pairs = [
        judged("a", "b", Verdict.COPY), judged("c", "b", Verdict.COPY), judged("d", "e", Verdict.IDENTICAL),
        judged("a", "compilation", Verdict.PART), judged("d", "compilation", Verdict.PART),
        judged("b", "compilation", Verdict.PART, 0.99), judged("a", "c", Verdict.PART),
    ]  # fmt: skip
    groups = [names for names, _ in connect_copies(pairs)]
    assert groups == [["a", "b", "c"], ["d", "e"]]
    assert [(one.query, one.video) for one in parts_of(pairs, groups)] == [("b", "compilation"), ("d", "compilation")]


@pytest.fixture(scope="module")
def videos(tmp_path_factory):
    """Two folders: a video, its copies, what contains it, and others."""
    folder = tmp_path_factory.mktemp("videos")
    original = scene(1)
    write(folder / "one" / "original.mp4", original)
    write(folder / "one" / "worse.mp4", original[:, 48:144, 60:180], crf=30)
    shutil.copy(folder / "one" / "original.mp4", folder / "one" / "same bytes.mp4")
    write(folder / "one" / "film.mp4", np.concatenate([scene(30), original, scene(31)]))
    (folder / "one" / "bad.mp4").write_bytes(b"nothing")
    write(folder / "two" / "crop.mp4", cropped(original)[:, ::2, ::2])
    for seed in (20, 21):
        write(folder / "two" / f"other {seed}.mp4", scene(seed))
    return folder


@pytest.fixture
def hapvr(tmp_path, monkeypatch):
    """Runs `hapvr …` outside of a clone: with what comes with the package."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(cli, [str(argument) for argument in arguments])


def names(group: dict) -> set[str]:
    return {file["path"].rpartition("/")[2] for file in group["files"]}


def test_copies_in_two_folders_are_grouped_and_nothing_is_changed(hapvr, videos, tmp_path):
    before = {path: path.read_bytes() for path in videos.rglob("*.mp4")}
    folders, page = (videos / "one", videos / "two"), tmp_path / "copies.html"
    # Moving shapes are alike as real videos are not.
    result = hapvr("duplicates", *folders, "--json", "--threshold", 0.75, "--report", page)
    assert result.exit_code == 0, result.exception
    found = json.loads(result.stdout)
    (group,) = found["groups"]
    assert {"original.mp4", "same bytes.mp4", "crop.mp4"} <= names(group)
    assert not names(group) & {"film.mp4", "other 20.mp4", "other 21.mp4"}
    assert group["best"] == f"{videos}/one/original.mp4"
    assert (group["files"][0]["width"], group["files"][0]["height"], group["files"][0]["seconds"]) == (240, 192, 4)
    assert ["film.mp4" in one["video"] for one in found["parts"]] == [True]
    assert found["recall"] is None
    assert list(found["skipped"][f"{videos}/one"]) == ["bad.mp4"]
    assert "same bytes.mp4" in page.read_text()
    assert page.read_text().count("<img") >= 5
    assert {path: path.read_bytes() for path in before} == before


def test_candidates_give_the_same_groups_and_their_recall_is_said(hapvr, videos, monkeypatch):
    exact = json.loads(hapvr("duplicates", videos / "one", "--json", "--threshold", 0.5).stdout)
    params = ShippedProject(FOLDER).params
    few = params.search.duplicates.model_copy(update={"exact_up_to": 2, "clip_s": 2.0})
    search = params.search.model_copy(update={"duplicates": few})
    monkeypatch.setattr(ShippedProject, "params", params.model_copy(update={"search": search}))
    result = hapvr("duplicates", videos / "one", "--json", "--threshold", 0.5)
    found = json.loads(result.stdout)
    assert [names(group) for group in found["groups"]] == [names(group) for group in exact["groups"]]
    assert found["recall"]["copies"] >= 2
    assert found["recall"]["found"] == found["recall"]["copies"]
    assert "a recall of 1.000" in result.stderr


def test_index_built_in_parts_is_that_of_the_folder(hapvr, videos, tmp_path):
    folder = tmp_path / "videos"
    shutil.copytree(videos / "one", folder, ignore=shutil.ignore_patterns(".*"))
    query = videos / "two" / "crop.mp4"
    whole = hapvr("search", query, folder, "--index", tmp_path / "whole.h5", "--csv")
    assert hapvr("index", folder, "--part", "1/2").exit_code == 0
    with pytest.raises(ValueError, match="expected all parts of one index, found 1-of-2"):
        raise hapvr("search", query, folder).exception
    assert hapvr("index", folder, "--part", "0/2").exit_code == 0
    (folder / "film.mp4").rename(folder / "renamed film.mp4")
    parts = hapvr("search", query, folder, "--csv")
    assert not (folder / ".hapvr-index.h5").exists()
    assert parts.stdout == whole.stdout.replace("film.mp4", "renamed film.mp4")


def test_snakemake_builds_the_parts_that_are_missing(tmp_path):
    command = [sys.executable, "-m", "snakemake", "-s", ROOT / "workflow" / "index.smk", "-n", "-p", "-c", "1"]
    parts = tmp_path / ".hapvr-index.parts"
    parts.mkdir()
    (parts / "1-of-3.done").touch()
    command += ["--config", f"folder={tmp_path}", "parts=3"]
    planned = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert [f"-m hapvr index {tmp_path} --part {part}/3" in planned for part in range(3)] == [True, False, True]


def test_model_without_calibration_is_refused(hapvr, videos, project, monkeypatch):
    monkeypatch.chdir(project.root)
    monkeypatch.setattr("hapvr.search.models.read_calibration", lambda *_: None)
    result = hapvr("duplicates", videos / "two", "--run", "mean_pool")
    assert "--run mean_pool: its scores are not calibrated" in str(result.exception)
