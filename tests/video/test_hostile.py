"""Files and names made to do harm."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from hapvr.datasets.dataset import Dataset, write_dataset
from hapvr.stages.frames import frames
from hapvr.storage.frames import read_frames
from hapvr.video import DecodeError, sample
from hapvr.video.options import Request
from hapvr.video.readers import LIMITS, PICTURES, READERS
from tests.video.corpus import ffmpeg, make_clip
from tests.video.shards import DATASET, failures, make_project

PLAYLISTS = {
    "list.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{clip}\n#EXT-X-ENDLIST\n",
    "list.txt": "ffconcat version 1.0\nfile {clip}\n",
    "list.mpd": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><AdaptationSet>'
    '<Representation id="1" mimeType="video/mp4"><BaseURL>{clip}</BaseURL></Representation></AdaptationSet>'
    "</Period></MPD>",
    "stream.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n"
    "a=rtpmap:96 H264/90000\n",
}


@pytest.mark.parametrize("suffix", ["", ".mp4", ".avi"])
@pytest.mark.parametrize("name", PLAYLISTS)
def test_files_that_open_other_files_are_refused(clips, tmp_path, name, suffix):
    playlist = tmp_path / f"{name}{suffix}"
    playlist.write_text(PLAYLISTS[name].format(clip=make_clip(clips, "h264")))
    with pytest.raises(DecodeError):
        sample(playlist, 1)


@pytest.mark.parametrize("content", [b"", b"\0" * 5000, b"plain text\n" * 500, b"\xff\xd8\xff\xe0" + b"\0" * 999])
def test_what_is_no_video_is_a_failure(tmp_path, content):
    (tmp_path / "a.mp4").write_bytes(content)
    with pytest.raises(DecodeError, match=r"a\.mp4: "):
        sample(tmp_path / "a.mp4", 1)


@pytest.mark.parametrize("name", ["absent.mp4", "http://127.0.0.1/a.mp4", "concat:a|b", "/dev/zero", "."])
def test_only_regular_files_are_opened(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DecodeError, match="not a regular file"):
        sample(name, 1)


def test_a_pipe_does_not_block(tmp_path):
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(DecodeError, match="not a regular file"):
        sample(tmp_path / "pipe.mp4", 1)


def test_pictures_larger_than_the_limit_are_not_decoded(clips):
    clip = make_clip(clips, "h264")
    for reader in READERS.keys() - PICTURES:
        with pytest.raises(DecodeError, match="160 × 120 pixels, more than the limit of 100"):
            list(READERS[reader](clip, Request(1, 64, 64, replace(LIMITS, side=100))))


def test_a_sliver_is_not_blown_up(tmp_path):
    ffmpeg("-f", "lavfi", "-i", "color=size=4000x2:rate=5", "-t", "1", "-c:v", "mpeg4", str(tmp_path / "sliver.avi"))
    with pytest.raises(DecodeError, match="4000 × 2 pixels"):
        sample(tmp_path / "sliver.avi", 1, 160)


def test_frames_beyond_the_limit_of_their_number_are_not_decoded(clips):
    pictures = []
    with pytest.raises(DecodeError, match="more than 50 frames"):
        pictures.extend(READERS["sequential"](make_clip(clips, "h264"), Request(1, 64, 64, replace(LIMITS, frames=50))))
    assert [picture.index for picture in pictures] == [11, 35]


def test_an_absurd_duration_gives_what_is_before_it(clips, tmp_path):
    late = tmp_path / "late.mkv"
    jump = "setpts=PTS+gte(N\\,60)*200000/TB"
    ffmpeg("-i", str(make_clip(clips, "flv")), "-vf", jump, "-fps_mode", "passthrough", "-c:v", "mpeg4", str(late))
    pictures = []
    with pytest.raises(DecodeError, match="the limit is 100000 s"):
        pictures.extend(READERS["sequential"](late, Request(1, 64, 64, LIMITS)))
    assert [picture.index for picture in pictures][:2] == [11, 35]
    assert len(pictures) <= 3


def test_ids_and_places_outside_of_the_dataset_are_refused(clips, tmp_path):
    clip = make_clip(clips, "h264")
    project = make_project(tmp_path / "project", {"good": clip})
    folder = project.dataset_folder(DATASET)
    outside = tmp_path / "outside.mp4"
    outside.write_bytes(clip.read_bytes())
    (folder / "videos" / "link").symlink_to(outside)
    (folder / "videos" / "inside").symlink_to("good")
    (folder / "videos" / "loop").symlink_to("loop")
    refused = {
        "../escape": "videos/good",
        "a/b": "videos/good",
        "a\\b": "videos/good",
        "..": "videos/good",
        "new\nline": "videos/good",
        "link": "videos/link",
        "loop": "videos/loop",
        "up": "../../../outside.mp4",
        "absolute": str(outside),
        "folder": "videos",
        "nul": "videos/\0",
    }
    videos = {"good": "videos/good", "inside": "videos/inside", **refused}
    write_dataset(folder / "dataset.json", Dataset(name=DATASET, videos=videos))
    frames(project, DATASET, 0)
    assert {video.video_id for video in read_frames(project.frames_file(DATASET, 0))} == {"good", "inside"}
    assert failures(project).keys() == refused.keys()
    assert all(seconds == 0 for _, seconds in failures(project).values())
    assert set(path.name for path in Path(tmp_path).iterdir()) == {"project", "outside.mp4"}
