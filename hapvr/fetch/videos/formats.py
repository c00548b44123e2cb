"""Which of the formats that a page offers is fetched: pictures are enough, and small ones at that."""

from collections.abc import Iterable, Mapping
from typing import Any

Format = Mapping[str, Any]
WHOLE_FILES, IN_PIECES = ("http", "https"), ("m3u8_native", "http_dash_segments")
H264 = ("avc1", "avc3", "h264")


def choose(formats: Iterable[Format], short_side: int) -> Format | None:
    """The smallest H.264 file of at least `short_side` pixels; else the smallest of another codec; else the largest.

    formats: as yt-dlp describes them. One without sound is as good as one with; one in pieces, which takes more
    requests, or of unknown size comes after its equals. None: there are no moving pictures among them.
    """
    usable = [one for one in formats if _is_usable(one)]
    return min(usable, key=lambda one: _rank(one, short_side), default=None)


def _is_usable(one: Format) -> bool:
    return (
        one.get("vcodec") != "none"
        and one.get("protocol") in WHOLE_FILES + IN_PIECES
        and not one.get("has_drm")
        and one.get("ext") != "mhtml"
    )


def _rank(one: Format, short_side: int) -> tuple[Any, ...]:
    """Less is better."""
    side = min((one.get(key) or 0 for key in ("width", "height")), default=0) or one.get("height") or 0
    other_codec = not str(one.get("vcodec") or "").lower().startswith(H264)
    in_pieces = one.get("protocol") not in WHOLE_FILES
    size = one.get("filesize") or one.get("filesize_approx") or float("inf")
    if side >= short_side:
        return (0, other_codec, in_pieces, size)
    return (1, -side, other_codec, in_pieces, size)
