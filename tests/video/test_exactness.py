"""Which frame comes back: read from the picture, by rule, and by ffmpeg, for every codec, rate, start and rotation."""

from fractions import Fraction
from math import floor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import hapvr.video
from hapvr.video.options import Request
from hapvr.video.picture import NotExactError
from hapvr.video.readers import LIMITS, READERS
from tests.video.corpus import (
    CODECS,
    FRAMES,
    HEIGHT,
    RATE,
    WIDTH,
    ffmpeg_samples,
    frame_times,
    kept_frames,
    make_clip,
    number_in,
    offset,
    rotated,
)

EXACT_BY_DECORD = ["h264", "hevc", "vp8", "vp9"]
RATES = pytest.mark.parametrize("variable", [False, True], ids=["constant", "variable"])


def by_rule(codec: str, fps: float, variable: bool) -> list[int]:
    """Numbers of the sampled frames, from the times at which the clip was made."""
    kept, times = kept_frames(variable), frame_times(codec, variable)
    samples = floor((times[-1] + Fraction(1, RATE)) * Fraction(fps) + Fraction(1, 2))
    borders = [(k + Fraction(1, 2)) / Fraction(fps) for k in range(samples)]
    return [max(number for number, time in zip(kept, times, strict=True) if time < border) for border in borders]


def numbers(images: np.ndarray, turn: int = 0) -> list[int]:
    return [number_in(np.rot90(image, turn)) for image in images]


def check(path: Path, codec: str, fps: float, variable: bool) -> list[int]:
    """The sample shows what ffmpeg's shows, and says which frames these are; gives their numbers."""
    sample = hapvr.video.sample(path, fps)
    shown = numbers(sample.images)
    assert shown == numbers(ffmpeg_samples(path, fps))
    assert [kept_frames(variable)[index] for index in sample.indices] == shown
    if variable and CODECS[codec].steady:
        return shown
    times = frame_times(codec, variable)
    np.testing.assert_allclose(sample.timestamps, [float(times[index]) for index in sample.indices], atol=1e-3)
    return shown


@RATES
@pytest.mark.parametrize("fps", [1, 2.5])
@pytest.mark.parametrize("codec", CODECS)
def test_every_codec_gives_the_frames_of_the_rule_and_of_ffmpeg(clips, codec, fps, variable):
    shown = check(make_clip(clips, codec, variable=variable), codec, fps, variable)
    if not (variable and CODECS[codec].steady):
        assert shown == by_rule(codec, fps, variable)


@RATES
@pytest.mark.parametrize("codec", [name for name, codec in CODECS.items() if codec.offsets])
def test_time_counts_from_where_the_file_starts(clips, codec, variable):
    check(offset(make_clip(clips, codec, variable=variable), 5.3), codec, 1, variable)


@pytest.mark.parametrize("degrees", [90, 180, 270])
@pytest.mark.parametrize("codec", [name for name, codec in CODECS.items() if codec.rotates])
@RATES
def test_pictures_are_turned_as_ffmpeg_turns_them(clips, codec, degrees, variable):
    clip = rotated(make_clip(clips, codec, variable=variable), degrees)
    width, height = (WIDTH, HEIGHT) if degrees == 180 else (HEIGHT, WIDTH)
    images = hapvr.video.sample(clip, 1).images
    expected = ffmpeg_samples(clip, 1, width=width, height=height)
    assert images.shape == expected.shape
    assert np.abs(images.astype(int) - expected).mean() < 2
    assert numbers(images, -degrees // 90) == numbers(expected, -degrees // 90)


@pytest.mark.parametrize("fps", [0.3, 1, 3, 24, 60])
def test_any_sampling_rate_gives_the_frames_of_ffmpeg(clips, fps):
    check(make_clip(clips, "h264", variable=True), "h264", fps, True)


@RATES
@pytest.mark.parametrize("codec", EXACT_BY_DECORD)
def test_decord_gives_the_same_frames_where_it_is_exact(clips, codec, variable):
    closed = "-x265-params log-level=error:keyint=40:open-gop=0" if codec == "hevc" else ""
    clip = offset(make_clip(clips, codec, variable=variable, options=closed), 5.3)
    pictures = list(READERS["decord"](clip, Request(2.5, None, None, LIMITS)))
    expected = hapvr.video.sample(clip, 2.5)
    assert numbers([picture.image for picture in pictures]) == numbers(expected.images)
    assert [picture.index for picture in pictures] == list(expected.indices)
    assert [picture.timestamp for picture in pictures] == list(expected.timestamps)


@pytest.mark.parametrize("fps", [1, 2.5])
def test_decord_owns_up_where_it_loses_frames(clips, fps):
    with pytest.raises(NotExactError):
        list(READERS["decord"](make_clip(clips, "hevc"), Request(fps, None, None, LIMITS)))


@pytest.mark.parametrize("codec", [name for name in CODECS if name not in EXACT_BY_DECORD])
def test_decord_is_not_trusted_with_other_codecs(clips, codec):
    with pytest.raises(NotExactError):
        list(READERS["decord"](make_clip(clips, codec), Request(1, None, None, LIMITS)))


@pytest.mark.parametrize("variable", [False, True])
@pytest.mark.parametrize("fps", [1, 7])
def test_reading_sparsely_changes_nothing(clips, fps, variable):
    request = Request(fps, 64, 64, LIMITS)
    clip = make_clip(clips, "h264", variable=variable)
    sparse, all_frames = (list(READERS[reader](clip, request)) for reader in ("sparse", "sequential"))
    assert [(p.index, p.timestamp) for p in sparse] == [(p.index, p.timestamp) for p in all_frames]
    assert all(np.array_equal(a.image, b.image) for a, b in zip(sparse, all_frames, strict=True))


def test_a_video_shorter_than_half_a_period_gives_its_last_frame(clips):
    sample = hapvr.video.sample(make_clip(clips, "h264", options="-frames:v 7"), 1)
    assert numbers(sample.images) == [6]


def test_short_side_becomes_the_size_and_the_centre_is_kept(clips):
    clip = make_clip(clips, "h264")
    whole, square = hapvr.video.sample(clip, 1), hapvr.video.sample(clip, 1, 60)
    assert square.images.shape == (len(whole.images), 60, 60, 3)
    halved = whole.images.reshape(-1, 60, 2, 80, 2, 3).mean((2, 4))[:, :, 10:70]
    assert np.abs(square.images - halved).mean() < 4


@pytest.mark.parametrize("reader", READERS)
def test_the_square_is_the_centre_of_the_resized_picture(clips, reader, tmp_path):
    source = make_clip(clips, "h264")
    if reader == "pictures":
        source = tmp_path
        for number, image in enumerate(hapvr.video.sample(make_clip(clips, "h264"), 1).images):
            Image.fromarray(image).save(source / f"{number}.jpg")
    whole, square = (list(READERS[reader](source, Request(1, 96, size, LIMITS))) for size in (None, 84))
    assert {picture.image.shape for picture in whole} == {(96, 128, 3)}
    for before, after in zip(whole, square, strict=True):
        assert np.array_equal(before.image[6:90, 22:106], after.image)


def test_a_square_larger_than_the_resized_picture_is_refused(clips):
    with pytest.raises(ValueError, match="resize: expected at least size, 96, found 84"):
        hapvr.video.sample(make_clip(clips, "h264"), 1, 96, resize=84)


def test_real_clips_give_the_pictures_of_ffmpeg(shared):
    for name in ["arm_wrestling.mp4", "flipping_a_pancake.mkv", "nasa.mp4", "av1.mkv", "s2vs_example.mp4"]:
        images = hapvr.video.sample(shared / "clips" / name, 1).images
        expected = ffmpeg_samples(shared / "clips" / name, 1, height=images.shape[1], width=images.shape[2])
        assert np.abs(images.astype(int) - expected).max() <= 2, name


def test_samples_cover_the_video(clips):
    sample = hapvr.video.sample(make_clip(clips, "h264"), 1)
    assert len(sample.images) == FRAMES // RATE
    assert sample.decoder.startswith("pyav ")
