"""How long to wait before a server is asked again."""

import time
from email.utils import parsedate_to_datetime

LONGEST_PAUSE_S = 600.0


def pause_s(attempt: int, *, first_pause_s: float, retry_after: str | None, now_s: float | None = None) -> float:
    """Seconds: twice as many after each attempt, from 1 on, and no fewer than the server's `Retry-After` asks for.

    retry_after: a number of seconds or an HTTP date; nonsense counts as absent. now_s: seconds since 1970.
    """
    asked = _seconds(retry_after.strip(), time.time() if now_s is None else now_s) if retry_after else 0.0
    return max(min(first_pause_s * 2 ** (attempt - 1), LONGEST_PAUSE_S), asked)


def _seconds(retry_after: str, now_s: float) -> float:
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after)
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - now_s)
    except (ValueError, OverflowError):
        return 0.0
