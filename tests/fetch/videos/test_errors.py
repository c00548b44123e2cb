import errno
from io import BytesIO
from urllib.error import HTTPError as UrllibHTTPError

import pytest
from yt_dlp.networking import Response
from yt_dlp.networking.exceptions import HTTPError, TransportError
from yt_dlp.utils import DownloadError, ExtractorError, GeoRestrictedError

from hapvr.fetch.download import DownloadError as FileError
from hapvr.fetch.videos.errors import reason_of


def by_yt_dlp(error: Exception) -> DownloadError:
    """As yt-dlp raises it."""
    return DownloadError(f"ERROR: {error}", (type(error), error, None))


# What YouTube says, by yt-dlp.
@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("Video unavailable", "gone"),
        ("Video unavailable. This video is no longer available because the account has been terminated.", "gone"),
        ("This video has been removed for violating YouTube's Terms of Service", "gone"),
        ("Video unavailable. X, who has blocked it on copyright grounds", "gone"),
        ("Video unavailable. X, who has blocked it in your country on copyright grounds", "region"),
        ("Private video. Sign in if you've been granted access to this video. Use --cookies", "private"),
        ("Join this channel to get access to members-only content like this video", "private"),
        ("Sign in to confirm your age. This video may be inappropriate for some users.", "age"),
        ("Sign in to confirm you’re not a bot. Use --cookies-from-browser", "throttled"),
        ("Video unavailable. This content isn't available, try again later. The session is rate-limited", "throttled"),
        ("[download] Got error: 5 bytes read, 4 more expected", "network"),
        ("Requested format is not available", "other: Requested format is not available"),
        ("This live event will begin in 3 days.", "other: This live event will begin in 3 days."),
    ],
)  # fmt: skip
def test_what_a_page_says(said: str, reason: str) -> None:
    assert reason_of(by_yt_dlp(ExtractorError(said, expected=True))) == reason


def test_a_locked_region_is_told_from_its_error() -> None:
    assert reason_of(by_yt_dlp(GeoRestrictedError("not here", countries=["DE"]))) == "region"


@pytest.mark.parametrize(
    ("status", "reason"), [(429, "throttled"), (404, "gone"), (410, "gone"), (403, "network"), (503, "network")]
)
def test_what_a_server_answers(status: int, reason: str) -> None:
    answer = HTTPError(Response(BytesIO(), "http://a.org/", {}, status=status, reason="Video unavailable"))
    assert reason_of(by_yt_dlp(ExtractorError("Unable to download webpage", cause=answer))) == reason
    error = FileError("could not be fetched")
    error.__cause__ = UrllibHTTPError("http://a.org/", status, "no", {}, None)  # type: ignore[arg-type]
    assert reason_of(error) == reason


def test_network_disk_and_everything_else() -> None:
    assert reason_of(by_yt_dlp(TransportError("timed out"))) == "network"
    assert reason_of(ConnectionResetError()) == "network"
    assert reason_of(by_yt_dlp(OSError(errno.ENOSPC, "No space left on device"))) == "disk"
    assert reason_of(FileError("9 bytes, expected at most 8")) == "other: 9 bytes, expected at most 8"
    assert reason_of(by_yt_dlp(ValueError("[youtube] dQw4: a,\tb\nsecond line"))) == "other: a, b"
    assert reason_of(RuntimeError()) == "other: no reason given"
