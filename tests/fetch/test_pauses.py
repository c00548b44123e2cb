import pytest

from hapvr.fetch.pauses import pause_s

# 1970-01-01 00:01:00
NOW = 60.0


@pytest.mark.parametrize(
    ("attempt", "retry_after", "expected"),
    [
        (1, None, 1.0),
        (3, None, 4.0),
        (20, None, 600.0),
        (3, "2", 4.0),
        (1, " 30 ", 30.0),
        (1, "Thu, 01 Jan 1970 00:01:45 GMT", 45.0),
        (1, "Thu, 01 Jan 1970 00:00:00 GMT", 1.0),
        (1, "Thu, 01 Jan 1970 01:01:30 +0100", 30.0),
        (1, "Thu, 99 Jan 1970", 1.0),
        (1, "-5", 1.0),
        (1, "\u0663", 1.0),
        (1, "3600", 3600.0),
    ],
)
def test_the_longer_of_ours_and_the_servers(attempt: int, retry_after: str | None, expected: float) -> None:
    assert pause_s(attempt, first_pause_s=1.0, retry_after=retry_after, now_s=NOW) == expected
