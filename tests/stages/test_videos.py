"""The stage `videos`, with yt-dlp itself against a server on 127.0.0.1 and a plugin that stands in for YouTube."""

import csv
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import yaml

from hapvr.datasets.dataset import Dataset, write_dataset
from hapvr.fetch.videos.together import FetchingStoppedError
from hapvr.project import Project
from hapvr.stages.fetch import fetch
from hapvr.stages.frames import frames
from hapvr.stages.videos import videos
from hapvr.storage.frames import frame_counts
from hapvr.storage.video_records import read_records
from tests.fetch.server import Site, serve
from tests.fetch.test_upstream import SITE, make_project
from tests.fetch.videos.pages import DOWNLOAD, WATCH, asked, load_plugin, show

PRIVATE = "Private video. Sign in if you've been granted access to this video"
AGE = "Sign in to confirm your age. This video may be inappropriate for some users."
BOT = "Sign in to confirm you’re not a bot"


@pytest.fixture
def site() -> Iterator[Site]:
    load_plugin()
    with serve(Site({})) as site:
        yield site


def project_of(
    folder: Path, ids: list[str], site: Site, *, section: dict[str, Any] | None = None, **download: Any
) -> Project:
    """A project in which `svd` has these videos, one shard of them."""
    url = f"{site.address}{WATCH}{{id}}"
    project = make_project(folder, "svd", download={**DOWNLOAD, "url": url, **download}, **(section or {}))
    params = yaml.safe_load((folder / "params.yaml").read_text())
    params["shards"] = params["views"]["shards"] = [0]
    params["frames"]["minimum_s"] = 0
    (folder / "params.yaml").write_text(yaml.safe_dump(params))
    write_dataset(project.dataset_file("svd"), Dataset(name="svd", videos={video: f"links/{video}" for video in ids}))
    return project


def ends(project: Project) -> dict[str, int | str]:
    """Video → its bytes, or why it is missing."""
    records = read_records(project.videos_file("svd", 0))
    return {one.video: one.reason if one.bytes is None else one.bytes for one in records}


def files(project: Project) -> list[str]:
    """All that lies in the user's folder, but not the memory of what was asked."""
    folder = project.root / "my videos"
    found = [str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()]
    return sorted(name for name in found if not name.endswith((".csv", "lock")))


def clip(seconds: int = 5) -> bytes:
    """A video that can be decoded."""
    file = BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=4)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(4 * seconds):
            picture = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 9 * number, np.uint8), format="rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return file.getvalue()


def test_every_id_ends_as_a_file_or_as_a_row_with_its_reason(tmp_path: Path, site: Site) -> None:
    body = bytes(range(256)) * 400
    project = project_of(
        tmp_path, ["-fine", "age", "broken", "cut", "gone", "large", "mine", "other", "private", "region", "slow"], site
    )
    for video in ("-fine", "cut", "slow"):
        show(site, video, body)
    site.cut["/cut.mp4"] = [60_000, 10_000]
    site.refused[f"{WATCH}slow"] = [429]
    show(site, "large", bytes(5 << 20))
    for video, said in {"gone": "Video unavailable", "private": PRIVATE, "age": AGE}.items():
        show(site, video, said)
    show(site, "region", {"countries": ["DE"]})
    site.refused[f"{WATCH}broken"] = [503] * 9
    show(site, "other", {"id": "another", "url": f"{site.address}/-fine.mp4", "ext": "mp4"})
    (tmp_path / "my videos").mkdir()
    (tmp_path / "my videos" / "mine.webm").write_bytes(b"mine")

    videos(project, "svd", 0)
    assert ends(project) == {
        "-fine": len(body), "cut": len(body), "slow": len(body), "mine": 4, "gone": "gone", "private": "private",
        "age": "age", "region": "region", "broken": "network", "large": "other: larger than 4 MiB",
        "other": "other: another video, 'another'",
    }  # fmt: skip
    assert files(project) == ["-fine.mp4", "cut.mp4", "mine.webm", "slow.mp4"]
    assert (tmp_path / "my videos" / "cut.mp4").read_bytes() == body
    places = [place for path, place in site.requests if path == "/cut.mp4"]
    assert places[0] is None
    assert all(place and place != "bytes=0-" for place in places[1:])
    assert len(places) == 3
    assert asked(site, "mine") == 0
    assert {path.name for path in (project.dataset_folder("svd") / "links").iterdir()} == {
        "-fine",
        "cut",
        "slow",
        "mine",
    }

    # What will stay is not asked again; a network that failed, and what nobody understood, is.
    before = {video: asked(site, video) for video in ends(project)}
    site.refused.clear()
    show(site, "broken", body)
    videos(project, "svd", 0)
    again = {video: asked(site, video) - count for video, count in before.items()}
    assert {video for video, count in again.items() if count} == {"broken", "large", "other"}
    assert ends(project)["broken"] == len(body)


def test_a_server_that_asks_to_sign_in_stops_the_stage_and_no_video_is_missing_because_of_it(
    tmp_path: Path, site: Site
) -> None:
    project = project_of(tmp_path, ["a", "b", "c", "d"], site, workers=1)
    show(site, "a", b"a" * 2000)
    for video in "bcd":
        show(site, video, BOT)
    with pytest.raises(FetchingStoppedError, match=r"refuses further requests for now.*cookies"):
        videos(project, "svd", 0)
    assert not project.videos_file("svd", 0).exists()
    assert files(project) == ["a.mp4"]
    for video in "bcd":
        show(site, video, b"b" * 3000)
    videos(project, "svd", 0)
    assert ends(project) == {"a": 2000, "b": 3000, "c": 3000, "d": 3000}
    assert asked(site, "a") == 1


def test_an_interrupted_download_goes_on_in_the_next_run(tmp_path: Path, site: Site) -> None:
    body = bytes(range(256)) * 400
    project = project_of(tmp_path, ["half"], site, attempts=1)
    show(site, "half", body)
    site.cut["/half.mp4"] = [50_000]
    videos(project, "svd", 0)
    assert ends(project) == {"half": "network"}
    [part] = (tmp_path / "my videos" / ".hapvr" / "partial" / "half").iterdir()
    kept = part.stat().st_size
    assert files(project) == [str(part.relative_to(tmp_path / "my videos"))]
    videos(project, "svd", 0)
    assert ends(project) == {"half": len(body)}
    path, place = site.requests[-1]
    assert (path, place) == ("/half.mp4", f"bytes={kept}-")
    assert kept > 0
    assert (tmp_path / "my videos" / "half.mp4").read_bytes() == body


def test_cookies_are_sent_and_their_file_stays_as_it_is(tmp_path: Path, site: Site) -> None:
    project = project_of(tmp_path, ["a"], site, cookies="cookies.txt")
    with pytest.raises(FileNotFoundError, match=r"cookies\.txt: no such file; `cookies` under `download` names it"):
        videos(project, "svd", 0)
    text = "# Netscape HTTP Cookie File\n127.0.0.1\tFALSE\t/\tFALSE\t0\tname\tvalue\n"
    (tmp_path / "cookies.txt").write_text(text)
    show(site, "a", b"a" * 2000)
    videos(project, "svd", 0)
    assert ends(project) == {"a": 2000}
    assert (tmp_path / "cookies.txt").read_text() == text


def test_videos_by_their_addresses(tmp_path: Path, site: Site) -> None:
    direct = {key: value for key, value in DOWNLOAD.items() if key not in ("short_side", "cookies")}
    direct |= {"by": "url", "url": f"{site.address}/svd/{{id}}.mp4"}
    project = project_of(tmp_path, ["1", "2", "3", "4", "5"], site, section={"pattern": "{id}/video.*"})
    params = yaml.safe_load((tmp_path / "params.yaml").read_text())
    params["fetch"]["svd"]["download"] = direct
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params))
    site.files |= {
        "/svd/1.mp4": b"1" * 3000,
        "/svd/2.mp4": b"2" * 4000,
        "/svd/4.mp4": bytes(5 << 20),
        "/svd/5.mp4": b"5" * 5000,
    }
    site.cut |= {"/svd/2.mp4": [1500], "/svd/5.mp4": [100] * 5}
    videos(Project(tmp_path), "svd", 0)
    found = ends(project)
    assert str(found.pop("4")).startswith("other: http://127.0.0.1")
    assert found == {"1": 3000, "2": 4000, "3": "gone", "5": "network"}
    assert [name for name in files(project) if not name.startswith(".hapvr")] == ["1/video.mp4", "2/video.mp4"]
    assert [place for path, place in site.requests if path == "/svd/2.mp4"] == [None, "bytes=1500-"]
    videos(Project(tmp_path), "svd", 0)
    assert ends(project)["5"] == 5000
    assert [place for path, place in site.requests if path == "/svd/5.mp4"][-1] == "bytes=500-"
    assert not list((tmp_path / "my videos" / ".hapvr" / "partial").iterdir())


def test_without_a_download_what_is_not_there_is_absent(tmp_path: Path, site: Site) -> None:
    project = make_project(tmp_path, "svd", mirror=site.address)
    site.files |= SITE
    fetch(project, "svd")
    (tmp_path / "my videos").mkdir()
    (tmp_path / "my videos" / "c1.mkv").write_bytes(b"c1")
    for shard in (0, 1):
        videos(project, "svd", shard)
    texts = [project.videos_file("svd", shard).read_text() for shard in (0, 1)]
    assert texts == [
        "video,bytes,reason\nc1,2,\nc3,,absent\nq2,,absent\nu2,,absent\n",
        "video,bytes,reason\nc2,,absent\nq1,,absent\nu1,,absent\n",
    ]
    # Moved away: its link goes, too.
    (tmp_path / "my videos" / "c1.mkv").unlink()
    videos(project, "svd", 0)
    assert "c1,,absent" in project.videos_file("svd", 0).read_text()
    assert list((project.dataset_folder("svd") / "links").iterdir()) == []


def test_a_rendered_dataset_has_no_videos_to_fetch(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError,
        match=r"dataset 'mini_vcdb': not in the published datasets that come as videos of params.yaml; accepted: svd",
    ):
        videos(make_project(tmp_path, "svd"), "mini_vcdb", 0)


def test_missing_videos_are_failures_of_frames_with_their_reason(tmp_path: Path, site: Site) -> None:
    project = project_of(tmp_path, ["a", "b"], site)
    show(site, "b", "Video unavailable")
    show(site, "a", clip())
    with pytest.raises(FileNotFoundError, match=r"0\.csv: no such file; make it with `dvc repro videos@svd-0`"):
        frames(project, "svd", 0)
    videos(project, "svd", 0)
    frames(project, "svd", 0)
    assert frame_counts(project.frames_file("svd", 0)).keys() == {"a"}
    with project.failures_file("svd", 0).open(newline="") as file:
        assert [(row["video"], row["reason"]) for row in csv.DictReader(file)] == [("b", "gone")]
    assert files(project) == ["a.mp4"]


def test_fetched_videos_are_deleted_once_their_frames_are_stored(tmp_path: Path, site: Site) -> None:
    project = project_of(tmp_path, ["bad", "fine", "mine"], site, section={"keep": False})
    (tmp_path / "my videos").mkdir()
    (tmp_path / "my videos" / "mine.mp4").write_bytes(clip())
    show(site, "fine", clip())
    show(site, "bad", b"no video" * 500)
    videos(project, "svd", 0)
    record = project.videos_file("svd", 0).read_bytes()
    frames(project, "svd", 0)
    assert frame_counts(project.frames_file("svd", 0)).keys() == {"fine", "mine"}
    # What could not be decoded may be tried in another way, and the user's own file is the user's.
    assert files(project) == ["bad.mp4", "mine.mp4"]

    # DVC empties a stage's outputs before it runs again.
    project.videos_file("svd", 0).unlink()
    videos(project, "svd", 0)
    assert project.videos_file("svd", 0).read_bytes() == record
    assert asked(site, "fine") == 1

    with pytest.raises(
        FileNotFoundError, match=r"links/fine: the video was there, .* `dvc repro --force --single-item"
    ):
        frames(project, "svd", 0)
    project.frames_file("svd", 0).unlink()
    videos(project, "svd", 0)
    frames(project, "svd", 0)
    assert asked(site, "fine") == 2
    assert frame_counts(project.frames_file("svd", 0)).keys() == {"fine", "mine"}


def test_videos_that_two_datasets_have_are_not_deleted(tmp_path: Path, site: Site) -> None:
    make_project(tmp_path, "svd", keep=False)
    params = yaml.safe_load((tmp_path / "params.yaml").read_text())
    params["fetch"]["evve"] = params["fetch"]["svd"]
    params["datasets"].append("evve")
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(params))
    with pytest.raises(ValueError, match=r"fetch\.svd\.keep: false would delete videos that evve may need"):
        _ = Project(tmp_path).params
