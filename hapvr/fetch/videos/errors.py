"""Why a video could not be fetched, told from the error that this ended with."""

import errno
import http.client
import re
import ssl
import urllib.error
from collections.abc import Iterator

from yt_dlp.networking.exceptions import HTTPError, RequestError
from yt_dlp.utils import ContentTooShortError, GeoRestrictedError

from hapvr.fetch.videos.reasons import AGE, GONE, NETWORK, OTHER, PRIVATE, REGION

# Said of the server and of the disk, not of a video.
THROTTLED, DISK = "throttled", "disk"

# In this order: YouTube says "sign in to confirm" for several reasons, and "video unavailable" before all of them.
SAID = (
    (THROTTLED, ("not a bot", "rate-limited", "rate limited", "too many requests", "captcha", "try again later")),
    (REGION, ("in your country", "from your location", "in your region")),
    (PRIVATE, ("private video", "video is private", "members-only", "members only", "join this channel")),
    (AGE, ("confirm your age", "age-restricted", "inappropriate for some users")),
    (
        GONE,
        (
            "video unavailable", "video is unavailable", "video is not available", "video isn't available",
            "no longer available", "has been removed", "been terminated", "does not exist", "on copyright grounds",
        ),
    ),
)  # fmt: skip
TOO_MANY_REQUESTS, GONE_STATUSES = 429, (404, 410)
DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EFBIG)
NETWORK_ERRORS = (
    RequestError, ContentTooShortError, urllib.error.URLError, http.client.HTTPException, ssl.SSLError, ConnectionError,
    TimeoutError,
)  # fmt: skip
# Of a download that was interrupted too often: all that yt-dlp keeps of the errors, and what `download` says.
GAVE_UP = ("[download] got error", "what arrived is in")
LONGEST = 160


def reason_of(error: BaseException) -> str:
    """A reason (`other: …` where nothing else fits), THROTTLED or DISK."""
    chain = list(_chain(error))
    statuses = [status for one in chain if (status := _status(one)) is not None]
    said = " ".join(str(one) for one in chain).lower().replace("’", "'")
    if any(isinstance(one, OSError) and one.errno in DISK_ERRORS for one in chain):
        return DISK
    if TOO_MANY_REQUESTS in statuses:
        return THROTTLED
    if statuses:
        return GONE if statuses[0] in GONE_STATUSES else NETWORK
    if any(isinstance(one, GeoRestrictedError) for one in chain):
        return REGION
    if any(sentence in said for sentence in GAVE_UP) or any(isinstance(one, NETWORK_ERRORS) for one in chain):
        return NETWORK
    for reason, sentences in SAID:
        if any(sentence in said for sentence in sentences):
            return reason
    return other(str(error))


def other(said: str) -> str:
    """`other: …`, one printable line without yt-dlp's "ERROR: [youtube] id:"."""
    line = re.sub(r"\x1b\[[0-9;]*m", "", said).strip().partition("\n")[0].partition("; please report")[0]
    line = re.sub(r"^ERROR:\s*(\[[^\]]*\]\s*\S+:\s*)?", "", line)
    line = "".join(char if char.isprintable() else " " for char in line)[:LONGEST].strip()
    return f"{OTHER}: {line or 'no reason given'}"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and those behind it, each once. yt-dlp keeps them in attributes of its own."""
    waiting: list[object] = [error]
    seen: set[int] = set()
    while waiting:
        one = waiting.pop(0)
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        behind = getattr(one, "exc_info", None)
        waiting += [behind[1] if isinstance(behind, tuple) else None, getattr(one, "cause", None)]
        waiting += [one.__cause__, one.__context__]


def _status(error: BaseException) -> int | None:
    """What the server answered, of an error of yt-dlp's or urllib's."""
    if isinstance(error, HTTPError):
        return int(error.status)
    return error.code if isinstance(error, urllib.error.HTTPError) else None
