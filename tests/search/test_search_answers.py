"""`hapvr search` answers, with the model and the calibration that come with the package."""

import csv
import json
import re
import shutil

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from hapvr.cli import cli
from tests.search.rendered_clips import HEIGHT, WIDTH, flipped, scene, write


def inset(frames: np.ndarray, host: np.ndarray) -> np.ndarray:
    """Frames at 60 % of their size in the right lower corner of a host's."""
    width, height = WIDTH * 6 // 10, HEIGHT * 6 // 10
    found = host[: len(frames)].copy()
    found[:, HEIGHT - height :, WIDTH - width :] = [
        np.asarray(Image.fromarray(frame).resize((width, height))) for frame in frames
    ]
    return found


@pytest.fixture(scope="module")
def query(tmp_path_factory):
    return write(tmp_path_factory.mktemp("asked") / "query.mp4", scene(1))


@pytest.fixture(scope="module")
def videos(tmp_path_factory, query):
    """The same bytes, a mirror image, an excerpt of 4 s from 4 s on, a picture in a picture, and other videos."""
    folder = tmp_path_factory.mktemp("videos")
    original = scene(1)
    shutil.copy(query, folder / "same.mp4")
    write(folder / "flipped.mp4", flipped(original))
    write(folder / "embedded.mp4", np.concatenate([scene(30), original, scene(31)]))
    write(folder / "inset.mp4", inset(original, scene(32)))
    for seed in (20, 21, 22):
        write(folder / f"other {seed}.mp4", scene(seed))
    return folder


@pytest.fixture
def hapvr(tmp_path, monkeypatch):
    """Runs `hapvr …` outside of a clone."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(cli, [str(argument) for argument in arguments])


def found(result) -> dict[str, dict]:
    """Path → what JSON says of it."""
    assert result.exit_code == 0, result.output
    return {of["path"]: of for of in json.loads(result.stdout)["results"]}


def test_answers_say_what_is_a_copy_where_and_how(hapvr, query, videos, tmp_path):
    page = tmp_path / "found.html"
    answers = found(hapvr("search", query, videos, "--json", "--report", page))
    assert (answers["same.mp4"]["verdict"], answers["same.mp4"]["probability"]) == ("identical", 1.0)
    assert (answers["flipped.mp4"]["verdict"], answers["flipped.mp4"]["flipped"]) == ("copy", True)
    assert (answers["embedded.mp4"]["verdict"], answers["embedded.mp4"]["flipped"]) == ("part of it", False)
    [stretch] = answers["embedded.mp4"]["ranges"]
    np.testing.assert_allclose([stretch["query"], stretch["video"]], [[0, 4], [4, 8]], atol=0.5)
    text = page.read_text()
    assert not re.search(r"(src|href)=\"(?!data:|#)|url\((?!data:)|https?://", text)
    assert text.count('<article class="copy">') == sum(of["verdict"] in COPIES for of in answers.values())
    assert "QUERY 0:00–0:04 = VIDEO 0:04–0:08" in text


COPIES = ("identical", "copy", "part of it")


def test_a_threshold_leaves_copies_alone_and_none_is_a_result(hapvr, query, videos, tmp_path):
    rows = list(csv.DictReader(hapvr("search", query, videos, "--csv", "--threshold", "0.9").stdout.splitlines()))
    assert {row["path"] for row in rows} >= {"same.mp4", "flipped.mp4", "embedded.mp4"}
    assert all(float(row["probability"]) >= 0.9 for row in rows)
    (tmp_path / "others").mkdir()
    for name in ("other 20.mp4", "other 21.mp4"):
        shutil.copy(videos / name, tmp_path / "others" / name)
    result = hapvr("search", query, tmp_path / "others", "--threshold", "1")
    assert (result.exit_code, result.stdout) == (0, "no copy found among 2 videos\n")


def test_a_thorough_search_finds_a_picture_in_a_picture(hapvr, query, videos):
    usual = found(hapvr("search", query, videos, "--json"))
    thorough = found(hapvr("search", query, videos, "--json", "--thorough"))
    others = [name for name in usual if name.startswith("other")]
    gains = {name: thorough[name]["score"] - usual[name]["score"] for name in usual}
    assert gains["inset.mp4"] > 0.1 + max(gains[name] for name in others)
    assert thorough["inset.mp4"]["score"] > max(thorough[name]["score"] for name in others)
    assert (videos / ".hapvr-thorough.h5").exists()


def test_a_page_is_html(hapvr, query, videos):
    result = hapvr("search", query, videos, "--report", "found.pdf")
    assert "--report found.pdf: expected a file that ends in .html" in str(result.exception)
