"""Downloading one file: resumable, whole or not at all, and only the bytes that were seen before."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from hapvr.fetch.attempt import CHUNK_BYTES, DownloadError, InterruptedDownloadError, Wanted, attempt
from hapvr.fetch.pauses import LONGEST_PAUSE_S, pause_s
from hapvr.fetch.registry import ACCEPT
from hapvr.storage.resume import file_sha256

__all__ = ["DownloadError", "download"]

TIMEOUT_S = 60.0
ATTEMPTS = 5
FIRST_PAUSE_S = 1.0


def download(
    url: str,
    target: Path,
    *,
    sha256: str | None,
    limit_mb: int,
    sizes: tuple[int, int] | None = None,
    first_pause_s: float = FIRST_PAUSE_S,
    timeout_s: float = TIMEOUT_S,
    sleep: Callable[[float], None] = time.sleep,
    quiet: bool = False,
) -> str:
    """Fetches `url` to `target` and returns its SHA-256, which has to be `sha256` if that is given.

    A file that is there already is only checked. An interrupted download leaves `.{name}.part` and resumes from it,
    here or in a later run, if the server still has the same version. Another process that fetches the same file is
    waited for. sizes: the fewest and the most bytes it can have; None: anything but nothing, up to `limit_mb`.
    Redirects are followed as far as `check_redirect` allows. quiet: without a progress bar. Raises DownloadError.
    """
    if urlsplit(url).scheme not in ("http", "https"):
        raise DownloadError(f"{url}: expected an http or https address; correct the source of {target.name}")
    limit = limit_mb << 20
    wanted = Wanted(url, target, sha256, sizes or (1, limit), limit, timeout_s, quiet=quiet)
    if not target.exists():
        with wanted.part.mine():
            if not target.exists():
                return _fetch(wanted, _Pauses(first_pause_s, sleep))
    return _check(wanted, target)


@dataclass(frozen=True)
class _Pauses:
    first_s: float
    sleep: Callable[[float], None]


def _fetch(wanted: Wanted, pauses: _Pauses) -> str:
    begun_earlier = wanted.part.size > 0
    _with_attempts(wanted, pauses)
    try:
        found = _check(wanted, wanted.part.path)
    except DownloadError:
        wanted.part.forget()
        if not begun_earlier:
            raise
        # Its start is of an earlier run: that may be what is wrong, and no new version.
        _with_attempts(wanted, pauses)
        found = _check(wanted, wanted.part.path)
    wanted.part.finish()
    return found


def _check(wanted: Wanted, path: Path) -> str:
    """The SHA-256 of the file; another one than expected is removed."""
    found, size = file_sha256(path), path.stat().st_size
    if wanted.sha256 is None and not wanted.has_size(size):
        path.unlink()
        raise wanted.wrong_size(size)
    if wanted.sha256 is not None and found != wanted.sha256:
        path.unlink()
        raise DownloadError(
            f"{wanted.url}: the SHA-256 of {wanted.target.name} is {found}, expected {wanted.sha256} as recorded in "
            f"registry.csv ({size:,} bytes were found); the file was removed. Fetch again; {ACCEPT}"
        )
    return found


def _with_attempts(wanted: Wanted, pauses: _Pauses) -> None:
    """Attempts until the file is whole; gives up after ATTEMPTS in a row that brought next to nothing."""
    failures, furthest = 0, wanted.part.size
    while True:
        try:
            return attempt(wanted)
        except InterruptedDownloadError as error:
            if wanted.part.size >= furthest + CHUNK_BYTES:
                failures, furthest = 0, wanted.part.size
            failures += 1
            wait_s = pause_s(failures, first_pause_s=pauses.first_s, retry_after=error.retry_after)
            _give_up(wanted, error, failures=failures, wait_s=wait_s)
            pauses.sleep(wait_s)


def _give_up(wanted: Wanted, error: InterruptedDownloadError, *, failures: int, wait_s: float) -> None:
    """Raises DownloadError where there is no use in waiting for another attempt."""
    if failures == ATTEMPTS:
        why = f"{error} ({ATTEMPTS} attempts)"
    elif wait_s > LONGEST_PAUSE_S:
        why = f"{error}, and asks to wait for {wait_s:,.0f} s, longer than {LONGEST_PAUSE_S:,.0f}"
    else:
        return
    raise DownloadError(
        f"{wanted.url}: {why}; what arrived is in {wanted.part.path}; run the stage again to resume"
    ) from error
