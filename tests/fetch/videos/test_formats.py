from typing import Any

from hapvr.fetch.videos.formats import choose


def offer(name: str, side: int | None, size: int | None, codec: str = "avc1.4d", **more: Any) -> dict[str, Any]:
    wide = None if side is None else side * 16 // 9
    return {
        "format_id": name,
        "height": side,
        "width": wide,
        "filesize": size,
        "vcodec": codec,
        "protocol": "https",
        **more,
    }


def chosen(*formats: dict[str, Any]) -> str | None:
    found = choose(formats, 360)
    return None if found is None else str(found["format_id"])


def test_smallest_h264_that_is_large_enough() -> None:
    small, enough, large = offer("240", 240, 10), offer("360", 360, 20), offer("1080", 1080, 90)
    assert chosen(large, offer("vp9", 360, 15, "vp9"), enough, small, offer("muxed", 360, 25)) == "360"


def test_a_tall_video_is_measured_by_its_short_side() -> None:
    tall = {**offer("tall", 640, 10), "width": 202}
    assert chosen(tall, offer("360", 360, 30)) == "360"


def test_another_codec_before_too_few_pixels_and_then_the_largest() -> None:
    assert chosen(offer("240", 240, 10), offer("av1", 480, 30, "av01.0")) == "av1"
    assert chosen(offer("144", 144, 5), offer("240", 240, 10), offer("vp9", 240, 8, "vp9")) == "240"


def test_pieces_and_unknown_sizes_come_last() -> None:
    assert chosen(offer("pieces", 360, 10, protocol="m3u8_native"), offer("whole", 360, 20)) == "whole"
    assert chosen(offer("unknown", 360, None), offer("known", 720, 20)) == "known"
    assert chosen(offer("unknown", None, None, "unknown")) == "unknown"


def test_sound_storyboards_and_what_is_locked_are_no_video() -> None:
    sound, board = offer("sound", None, 1, "none"), offer("board", 90, 1, "none", protocol="mhtml", ext="mhtml")
    assert chosen(sound, board, offer("locked", 360, 1, has_drm=True), offer("other", 360, 1, protocol="rtmp")) is None
