"""Children that hang, crash or starve, and files that are damaged: each row of docs/robustness.md."""

import random
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from hapvr.video import DecodeError, sample
from hapvr.video.child import DecodeTask
from hapvr.video.job import DecodedVideo, decode_files
from hapvr.video.options import Request
from hapvr.video.readers import CHAINS, LIMITS, READERS
from tests.video.corpus import make_clip, number_in
from tests.video.trapped import set_trap, signals_left

VARIANTS = 300
REQUEST = Request(2, 64, 64, LIMITS)


def task(path: Path, decoder: str = "pyav", **changes) -> DecodeTask:
    return replace(DecodeTask(path, REQUEST, CHAINS[decoder], jpeg_quality=90, wall_s=30, memory_gb=2), **changes)


def outcomes(tasks: dict[str, DecodeTask], workers: int = 2) -> dict[str, DecodedVideo]:
    return dict(decode_files(tasks.items(), workers))


@pytest.fixture
def target(clips, tmp_path) -> Path:
    path = tmp_path / "target.mp4"
    path.write_bytes(make_clip(clips, "h264").read_bytes())
    return path


def test_a_hanging_decoder_is_killed_and_the_next_one_tried(target):
    outcome = outcomes({"a": task(set_trap(target, signal.SIGSTOP), wall_s=1.5)})["a"]
    assert outcome.reason == ""
    assert len(outcome.jpegs) == 10
    assert not signals_left(target)


def test_a_file_on_which_every_decoder_hangs_is_a_failure_and_the_rest_goes_on(target, clips):
    good = task(make_clip(clips, "flv"))
    hanging = task(set_trap(target, signal.SIGSTOP, signal.SIGSTOP), wall_s=1.5)
    found = outcomes({"a": hanging, "b": good, "c": good})
    assert found["a"].reason == "no end after 1.5 s, the limit"
    assert [len(found[name].jpegs) for name in "bc"] == [10, 10]


def test_a_crashing_decoder_is_replaced_by_the_next_one(target):
    assert outcomes({"a": task(set_trap(target, signal.SIGSEGV))})["a"].reason == ""
    assert not signals_left(target)


def test_a_file_that_crashes_every_decoder_is_a_failure(target):
    crashing = task(set_trap(target, signal.SIGSEGV, signal.SIGSEGV))
    assert outcomes({"a": crashing})["a"].reason == "the decoder crashed (SIGSEGV)"


def test_a_worker_killed_from_outside_is_started_again(target):
    undisturbed = outcomes({"a": task(target)})
    assert outcomes({"a": task(set_trap(target, signal.SIGKILL))}) == undisturbed
    assert not signals_left(target)


def test_memory_is_limited(clips):
    outcome = outcomes({"a": task(make_clip(clips, "h264"), memory_gb=0.02)})["a"]
    assert outcome.reason
    assert not outcome.jpegs


@pytest.mark.parametrize(
    ("codec", "options"),
    [("h264", "-movflags +faststart"), ("hevc", "-movflags +faststart"), ("vp9", ""), ("vp8", ""), ("mpeg4", ""),
     ("mpeg1", ""), ("wmv2", ""), ("flv", "")],
)  # fmt: skip
@pytest.mark.parametrize("share", [0.3, 0.6])
def test_the_part_before_the_cut_is_salvaged(clips, tmp_path, codec, options, share):
    whole = make_clip(clips, codec, options=options)
    cut = tmp_path / whole.name
    cut.write_bytes(whole.read_bytes()[: int(share * whole.stat().st_size)])
    pictures, reason = [], ""
    try:
        pictures.extend(READERS["sequential"](cut, Request(1, None, None, LIMITS)))
    except DecodeError as error:
        reason = str(error)
    if (codec, share) != ("vp8", 0.6):  # cut off within the last second, which a header is allowed to be wrong by
        assert reason
    shown = [number_in(picture.image) for picture in pictures]
    assert shown
    assert shown == [number_in(image) for image in sample(whole, 1).images[: len(shown)]]


def test_an_mp4_without_its_index_is_a_failure(clips, tmp_path):
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(make_clip(clips, "h264").read_bytes()[:-2000])
    with pytest.raises(DecodeError, match="no video stream"):
        sample(cut, 1)


def test_no_frame_predicted_from_a_damaged_one_is_salvaged(clips, tmp_path):
    whole = make_clip(clips, "h264")
    content = bytearray(whole.read_bytes())
    middle = len(content) * 45 // 100
    content[middle : middle + 300] = bytes(300)
    damaged = tmp_path / "damaged.mp4"
    damaged.write_bytes(content)
    pictures = []
    with pytest.raises(DecodeError, match=r"damaged picture at|undecodable at"):
        pictures.extend(READERS["sequential"](damaged, Request(24, None, None, LIMITS)))
    assert 60 < len(pictures) < 110
    assert [number_in(picture.image) for picture in pictures] == [round(24 * picture.timestamp) for picture in pictures]


def flipped(content: bytes, seed: int) -> bytes:
    """The file with one to eight of its bits turned."""
    chance, damaged = random.Random(seed), bytearray(content)
    for _ in range(chance.choice([1, 2, 8])):
        damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
    return bytes(damaged)


@pytest.fixture(scope="module")
def variants(clips, tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("flipped")
    sources = [
        make_clip(clips, codec, options="-frames:v 48 -s 80x60") for codec in ("h264", "vp9", "mpeg4", "flv", "wmv2")
    ]
    paths = {}
    for seed in range(VARIANTS):
        source = sources[seed % len(sources)]
        paths[f"{seed:03}"] = folder / f"{seed:03}{source.suffix}"
        paths[f"{seed:03}"].write_bytes(flipped(source.read_bytes(), seed))
    return paths


def test_flipped_bytes_end_in_frames_or_a_reason_and_never_hang(variants):
    found = outcomes({name: task(path, wall_s=20) for name, path in variants.items()})
    assert found.keys() == variants.keys()
    for name, outcome in found.items():
        assert outcome.jpegs or outcome.reason, name
        assert "crashed" not in outcome.reason, name
        assert "no end" not in outcome.reason, name
        assert outcome.indices == sorted(outcome.indices), name
        assert outcome.timestamps == sorted(outcome.timestamps), name
    assert sum(bool(outcome.reason) for outcome in found.values()) > VARIANTS / 3


def test_flipped_bytes_give_the_same_with_one_worker_and_again(variants):
    tasks = {name: task(path) for name, path in list(variants.items())[:40]}
    assert outcomes(tasks, workers=1) == outcomes(tasks, workers=2)


def test_decord_on_flipped_bytes_is_contained(variants):
    tasks = {name: task(path, "auto", wall_s=5) for name, path in list(variants.items())[::5][:30]}
    found = outcomes(tasks)
    assert found.keys() == tasks.keys()
    assert all(outcome.jpegs or outcome.reason for outcome in found.values())
